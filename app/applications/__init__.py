"""The applicant's side: drafts, applications, their private page."""

# Whoever changes an application has the queue's entries follow: the listeners must be there before the first change.
from app.applications import entries as entries
