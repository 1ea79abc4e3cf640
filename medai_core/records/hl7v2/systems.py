"""Names of code systems in HL7 v2 (table 0396) as FHIR system URIs."""

import re
from typing import Final
from urllib.parse import quote

UCUM: Final = "http://unitsofmeasure.org"
LOINC: Final = "http://loinc.org"
_SNOMED: Final = "http://snomed.info/sct"
_V2: Final = "http://terminology.hl7.org/CodeSystem/v2-"

_URIS: Final = {
    "LN": LOINC,
    "LOINC": LOINC,
    "SCT": _SNOMED,
    "SNM": _SNOMED,
    "SNM3": _SNOMED,
    "SNOMED": _SNOMED,
    "SNOMED-CT": _SNOMED,
    "SNOMEDCT": _SNOMED,
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm",
    "ICD9CM": "http://hl7.org/fhir/sid/icd-9-cm",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "RXN": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "MVX": "http://hl7.org/fhir/sid/mvx",
    "C4": "http://www.ama-assn.org/go/cpt",
    "CPT4": "http://www.ama-assn.org/go/cpt",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "ATC": "http://www.whocc.no/atc",
    "UNII": "http://fdasis.nlm.nih.gov",
    "UCUM": UCUM,
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "CDCREC": "urn:oid:2.16.840.1.113883.6.238",
    "MDC": "urn:iso:std:iso:11073:10101",
    "NCIT": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "ISO3166_1": "urn:iso:std:iso:3166",
    "NPI": "http://hl7.org/fhir/sid/us-npi",
}
_TABLE: Final = re.compile(r"HL7[-_]?(\d{1,4})", re.ASCII)
_OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII)


def system_uri(name: str) -> str:
    """The URI of a code system; a local one keeps its name under `urn:hl7v2:`; empty for an empty name."""
    bare = name.strip()
    upper = bare.upper()
    if upper in _URIS:
        return _URIS[upper]
    if found := _TABLE.fullmatch(upper):
        return f"{_V2}{int(found[1]):04d}"
    if _OID.fullmatch(bare):
        return f"urn:oid:{bare}"
    return f"urn:hl7v2:{quote(bare, safe='-._')}" if bare else ""


def table(number: str) -> str:
    """The system of one of HL7's own tables, for example "0004"."""
    return f"{_V2}{number}"
