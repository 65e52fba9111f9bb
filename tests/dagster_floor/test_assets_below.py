"""Assets that others make of the tables: launched after a publication, by a run of their own."""

import dagster as dg

from confluence_assets.definitions import build_wired_defs
from tests.dagster_floor.test_report_asset import commit_page
from tests.dagster_floor.wiki import ScriptedComponent, changed, play

FIGURES = dg.AssetKey("figures")


def build_defs(component: ScriptedComponent, condition: dg.AutomationCondition) -> dg.Definitions:
    @dg.asset(deps=[["acme", "warehouse"]], automation_condition=condition)
    def figures() -> None:
        """Made of the database."""

    return dg.Definitions.merge(build_wired_defs(component.build_wiring()), dg.Definitions([figures]))


def test_a_publication_launches_them_and_no_publication_does_not(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    defs = build_defs(component, dg.AutomationCondition.eager())
    job = defs.resolve_job_def("acme_sync")
    asked = dg.evaluate_automation_conditions(defs, instance)
    assert asked.total_requested == 0
    play(outcomes=lambda request: [changed("pages", "ENG")], space_keys=("ENG",))
    assert job.execute_in_process(instance=instance).success
    asked = dg.evaluate_automation_conditions(defs, instance, cursor=asked.cursor)
    assert asked.total_requested == 0
    play(outcomes=lambda request: [changed("pages", "ENG")], space_keys=("ENG",), published=True)
    assert job.execute_in_process(instance=instance).success
    asked = dg.evaluate_automation_conditions(defs, instance, cursor=asked.cursor)
    assert asked.get_requested_partitions(FIGURES) == {None}


def test_they_may_wait_for_the_checks_that_block(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    condition = dg.AutomationCondition.eager() & dg.AutomationCondition.all_deps_blocking_checks_passed()
    defs = build_defs(component, condition)
    asked = dg.evaluate_automation_conditions(defs, instance)
    play(published=True)
    assert defs.resolve_job_def("acme_sync").execute_in_process(instance=instance).success
    asked = dg.evaluate_automation_conditions(defs, instance, cursor=asked.cursor)
    assert asked.total_requested == 0
    commit_page(component.get_site().folder, "One")
    assert defs.resolve_job_def("acme_checks").execute_in_process(instance=instance).success
    asked = dg.evaluate_automation_conditions(defs, instance, cursor=asked.cursor)
    assert asked.get_requested_partitions(FIGURES) == {None}
