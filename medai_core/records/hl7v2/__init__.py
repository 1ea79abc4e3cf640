"""HL7 v2 messages in: segments to FHIR R4 resources to drafts."""
