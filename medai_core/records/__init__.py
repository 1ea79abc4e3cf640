"""Outside formats to drafts of the record and back: FHIR R4, HL7 v2, tables; units and matching."""
