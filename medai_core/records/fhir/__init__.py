"""FHIR R4 in and out: resources to drafts, drafts to bundles."""
