"""The JSON Schema of a stack, from the declarations of the layer kinds, for editors that know YAML."""

from __future__ import annotations

import re
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from cnnviz.config.convert import fields_of
from cnnviz.config.names import LAYER_NAME, LONGEST, STACK_NAME
from cnnviz.config.stack import LIMIT
from cnnviz.config.wording import arms, describe, is_initializer
from cnnviz.initializers import INITIALIZERS
from cnnviz.io.docstrings import docstring
from cnnviz.layers import all_kinds
from cnnviz.layers.base import Layer
from cnnviz.layers.fields import minimum
from cnnviz.stack.spec import NAMED_INPUTS, InputSpec, OutputSpec, Stack, TrainingSpec

Schema = dict[str, Any]

_SCALE_BY = r"^(layer|map|symmetric|(fixed|percentile|map-percentile):[^:]+:[^:]+)$"
_FRACTION = r"^[-+]?[0-9]+(\.[0-9]+)? */ *[0-9]+(\.[0-9]+)?$"
_PLAIN = {int: "integer", str: "string", bool: "boolean", NoneType: "null"}


def json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a stack's YAML."""
    kinds = all_kinds()
    bare = [name for name, kind in kinds.items() if not kind.merges and not _required(kind)]
    about = _attributes(Stack)
    properties: Schema = {
        "name": {"type": "string", "pattern": f"^{STACK_NAME}$", "maxLength": LONGEST},
        "input": {"anyOf": [{"enum": list(NAMED_INPUTS)}, _record(InputSpec)]},
        "seed": {"type": "integer", "minimum": 0, "default": 0},
        "classes": {"type": "array", "items": {"type": ["string", "integer"]}},
        "output": _record(OutputSpec),
        "training": _record(TrainingSpec),
        "layers": {
            "type": "array",
            "minItems": 1,
            "maxItems": LIMIT,
            "items": {"anyOf": [{"enum": bare}, *({"$ref": f"#/$defs/{name}"} for name in kinds)]},
        },
    }
    properties["output"]["properties"]["scale_by"]["pattern"] = _SCALE_BY
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cnnviz layer stack",
        "type": "object",
        "properties": {key: {"description": about[key], **part} for key, part in properties.items()},
        "required": ["layers"],
        "additionalProperties": False,
        "$defs": {
            **{name: _layer(name, kind) for name, kind in kinds.items()},
            "initializer": {
                "anyOf": [
                    {"enum": list(INITIALIZERS)},
                    *({"$ref": f"#/$defs/initializer_{name}"} for name in INITIALIZERS),
                ]
            },
            **{f"initializer_{name}": _tagged(name, kind) for name, kind in INITIALIZERS.items()},
            "fraction": {"type": "string", "pattern": _FRACTION, "description": "A fraction such as 1/255."},
        },
    }


def _layer(name: str, kind: type[Layer]) -> Schema:
    schema = _tagged(name, kind)
    own = {key: part for key, part in schema["properties"].items() if key not in ("type", "name", "inputs")}
    schema["properties"] = {
        "type": schema["properties"]["type"],
        "name": {
            "type": "string",
            "pattern": f"^{LAYER_NAME}$",
            "maxLength": LONGEST,
            "description": "Unique in the stack; given as Keras would if left out.",
        },
        **own,
        "inputs": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 2 if kind.merges else 1,
            **({} if kind.merges else {"maxItems": 1}),
            "description": "Names of earlier layers, or `input`, to read instead of the layer before.",
        },
    }
    if kind.merges:
        schema["required"].append("inputs")
    return schema


def _tagged(name: str, kind: type[msgspec.Struct]) -> Schema:
    schema = _record(kind)
    schema["properties"] = {"type": {"const": name}, **schema["properties"]}
    schema["required"] = ["type", *schema["required"]]
    return schema


def _record(kind: type[msgspec.Struct]) -> Schema:
    about = _attributes(kind)
    properties = {}
    for name, field in fields_of(kind).items():
        properties[name] = {**_type(field.type), "description": about.get(name) or f"Takes {describe(field.type)}."}
        if field.default is not msgspec.NODEFAULT:
            properties[name]["default"] = as_written(field.default)
    return {
        "type": "object",
        "description": docstring(kind).partition("\n")[0],
        "properties": properties,
        "required": _required(kind),
        "additionalProperties": False,
    }


def _required(kind: type[msgspec.Struct]) -> list[str]:
    return [name for name, field in fields_of(kind).items() if field.required]


def _attributes(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Return what a docstring says of each field."""
    _, _, section = docstring(kind).partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.+(?:\n {8,}.+)*)", section, re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text) for name, text in found}


def as_written(default: Any) -> Any:
    """Return a field's default as plain data: an initialiser without fields is its name."""
    data = msgspec.to_builtins(default)
    return data["type"] if isinstance(data, dict) and set(data) == {"type"} else data


def _type(annotation: Any) -> Schema:
    if is_initializer(annotation):
        return {"$ref": "#/$defs/initializer"}
    schemas = [schema for arm in arms(annotation) for schema in _arm(arm)]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _arm(arm: Any) -> list[Schema]:
    origin, arguments = get_origin(arm), get_args(arm)
    if origin is Annotated:
        first, *rest = _arm(arguments[0])
        least = minimum(arm)
        return [first if least is None else {**first, "minimum": least}, *rest]
    if origin is Literal:
        return [{"enum": list(arguments)}]
    if origin is tuple:
        schema = {"type": "array", "items": _type(arguments[0])}
        return [schema if Ellipsis in arguments else {**schema, "minItems": len(arguments), "maxItems": len(arguments)}]
    if arm is float:
        return [{"type": "number"}, {"$ref": "#/$defs/fraction"}]
    return [{"type": _PLAIN[arm]}]
