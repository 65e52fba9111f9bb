"""Misbehaviour on demand: faults that spoil, refuse or change answers, when a trigger says so.

In process: `site.control.fault(kind, **fields)` returns the fault with its `id`; `site.control.faults()` lists them with how
many requests they have `seen` and how often they have `fired`; `site.control.clear_faults(id=None)` takes one or all away.
Over HTTP: `GET /_emulator/faults` lists, `POST /_emulator/faults` adds one or a list (`{"kind": ..., ...}`),
`DELETE /_emulator/faults[?id=]` or `POST {"clear": true | "<id>"}` clears, `GET /_emulator/faults/kinds` tells the kinds.

When (fields of every fault; all that are given must hold; none given means every request):
    route="*"         glob over `METHOD template` or `template`: "/wiki/api/v2/pages", "GET /wiki/rest/api/*",
                      "(media) *", "(auth) /oauth/token"; `*` crosses slashes
    target="*"        glob over the raw path with its query: "*cursor=*"
    nth=3 or [3, 5]   the n-th matching request, from 1
    every=4           each 4th
    first=2           the first two
    after=5           all from the 6th on
    probability=0.2, seed=1    by the seed, the address and how often it was asked: no matter in which order threads come
    times=3           no more often than that

What (kind and its own fields with their defaults):
    throttle(retry_after=1, style="plain", body="switch", reset_seconds=30)
                      429. retry_after=None: no such header. style: plain, quota, burst, gateway, structured, beta,
                      data_center. body: switch, json, html, empty
    error(status=503, retry_after=None, body="json", applied=False)
                      500, 502, 503, 504 or another; body: json, html, empty. applied: what was asked is done all the same,
                      as it is with reset, cut and stall
    login_page(status=200)                                 HTML instead of JSON
    login_redirect(location=None)                          302 to a login page
    quota(points=65000, window_seconds=3600, everyone=False)
                      points per hour: 1 and per object 1 or 2; X-RateLimit-*, RateLimit and RateLimit-Policy on every answer,
                      429 once spent. OAuth apps only, unless `everyone`
    burst(rate=10, capacity=10, retry_after=1)             token bucket per method and route
    reset()                                                the connection is reset
    cut(keep_bytes=None, is_framed=False)                  half of the body, or so many bytes; framed: a short body that claims
                                                           to be whole
    stall(seconds=30, after_bytes=None)                    says nothing so long; after_bytes: stops in the middle of the body
    next_link(form="repeat", host="https://elsewhere.example")
                      repeat (own address), foreign (another host), empty (""), null, empty_page (no rows, and a further next
                      behind which these rows are), endless (as empty_page, on and on: combine with no other trigger)
    cap_limit(limit=5)                                     gives fewer rows than asked for, without a word
    unreadable_ancestor(ids=None)                          CONFCLOUD-77618: a batch that expands ancestors.restrictions is 404 where
                                                           one of these (or any) is an ancestor
    odd_answers(keys=True, enums=True)                     extra keys in every object, unknown values in open enums
    edit(edits={...} or [...], when="before")              edits of the control surface, before (or after) that request; once
    expire_token(lasts=None)                               the token of that request is refused from then on, everywhere (for so
                                                           many requests); with nth another token is not, with after
                                                           each one that comes later is caught as well
    turn_anonymous(lasts=None)                             so are its requests taken as anonymous
    lose_group(group, account=None)                        the caller (or that account) loses the group; once
    end_admin_key(account=None)                            the Admin Key of the caller (or that account) ends; once

A callable in `site.site.faults.active` that takes request, template and reply works as well.
"""

from confluence_assets.emulator.faults.active import Faults
from confluence_assets.emulator.faults.base import FAULTS, Asked, Fault

__all__ = ["FAULTS", "Asked", "Fault", "Faults"]
