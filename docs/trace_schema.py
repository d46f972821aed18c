"""Writes docs/trace.schema.json, the format of a trace file as a JSON Schema, from the records' annotations.

python docs/trace_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path

from seek_viz.record.files import file_format

TARGET = Path(__file__).with_name("trace.schema.json")


def page() -> str:
    """The whole document."""
    schema = file_format(described=True).model_json_schema()
    for name, record in schema["$defs"].items():
        # Versions of pydantic differ in whether they say these two of a dataclass; both of them hold.
        record.pop("description", None)
        schema["$defs"][name] = record | {"additionalProperties": False}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
