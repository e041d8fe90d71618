"""Puts CycloneDX documents before the format's own strict validators: a file of 1.7, or a folder with each version and syntax."""
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator


def valid(path, validator):
    error = validator.validate_str(path.read_text())
    if error:
        print(f"{path.name}: {str(error)[:500]}", file=sys.stderr)
    return not error


where = Path(sys.argv[1])
if where.is_file():
    sys.exit(not valid(where, JsonStrictValidator(SchemaVersion.V1_7)))
results = [
    valid(where / f"cyclonedx-{number}{suffix}.json", validator(version))
    for number, version in (("1.6", SchemaVersion.V1_6), ("1.7", SchemaVersion.V1_7))
    for suffix, validator in (("", JsonStrictValidator), ("-xml", XmlValidator))
]
sys.exit(not all(results))
