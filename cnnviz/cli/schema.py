"""`cnnviz schema`: the JSON Schema of the YAML, for editors."""

from __future__ import annotations

from cnnviz.cli._declaring import define


@define(section="Set up", place=3)
def command() -> None:
    """Print the JSON Schema of a stack's YAML, for editors that complete and check as you type.

    An editor finds it by the first line of the YAML: # yaml-language-server: $schema=cnnviz.schema.json

    \b
    Examples:
      cnnviz schema > cnnviz.schema.json
    """  # noqa: D301
    import json

    from cnnviz.cli._messages import print_json
    from cnnviz.config.schema import json_schema

    print_json(json.dumps(json_schema(), indent=2), end="\n")
