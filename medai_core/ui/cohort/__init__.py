"""The Cohort page's parts."""
