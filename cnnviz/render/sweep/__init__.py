"""A sweep as people look at it: sheets, a table, a page, a document."""
