"""What `cnnviz compare` found, as data, and as text, JSON, JUnit XML, annotations and a page."""
