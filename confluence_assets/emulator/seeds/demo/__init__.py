"""The demo site: the wiki of Larkspur, a company of some dozen people that builds cargo bikes.

The pages stand in `pages/*.txt`, one file a space, in a light notation (`notation.py` reads it, `markup.py` turns text into
storage format); pages that come in series are built in `series.py`; who is there and who may read what, in `company.py`.
"""
