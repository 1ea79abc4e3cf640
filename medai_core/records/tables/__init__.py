"""Tables of a spreadsheet or a database: each row becomes FHIR resources by a mapping of its columns."""
