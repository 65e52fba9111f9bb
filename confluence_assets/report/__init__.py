"""The state of a knowledge base on one page: pictures and tables in a file that asks nothing of a network."""

from confluence_assets.report.writing import REPORT_NAME, ReportResult, write_report

__all__ = ["REPORT_NAME", "ReportResult", "write_report"]
