"""The tables of a site as Dagster assets: what each is (`specs`), how a run makes them (`step`), what it tells (`events`, `metadata`)."""
