"""The drawing kit: what every report, page and picture is made with. Nothing in here knows any other part of render."""
