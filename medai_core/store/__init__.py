"""What is kept: tables, migrations, one repository a noun, the audit chain, blobs and backups."""
