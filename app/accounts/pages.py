"""The pages of this package: signing in, one's own account, the team."""

from fastapi import APIRouter, Depends

from app.accounts import account_pages, login_pages, team_pages
from app.accounts.forms import sent_once

router = APIRouter(dependencies=[Depends(sent_once)])
for part in (login_pages, account_pages, team_pages):
    router.include_router(part.router)
