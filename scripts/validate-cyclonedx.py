"""Puts the CycloneDX documents of a folder before the format's own strict validators."""
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator

failed = False
for number, version in (("1.6", SchemaVersion.V1_6), ("1.7", SchemaVersion.V1_7)):
    for suffix, validator in (("", JsonStrictValidator), ("-xml", XmlValidator)):
        text = Path(sys.argv[1], f"cyclonedx-{number}{suffix}.json").read_text()
        if error := validator(version).validate_str(text):
            print(f"CycloneDX {number}{suffix}: {str(error)[:500]}", file=sys.stderr)
            failed = True
sys.exit(failed)
