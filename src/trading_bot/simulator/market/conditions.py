"""The reference list of trade and quote conditions, as `/v3/reference/conditions` serves it."""

from __future__ import annotations

from trading_bot.simulator.rest.wire import Row

# id, name, consolidated rule: V volume, H high and low, O open and close; "-" none of them.
_SALES = (
    (1, "Acquisition", "VHO"),
    (2, "Average Price Trade", "V"),
    (3, "Automatic Execution", "VHO"),
    (4, "Bunched Trade", "VHO"),
    (5, "Bunched Sold Trade", "VH"),
    (6, "CAP Election", "VHO"),
    (7, "Cash Sale", "V"),
    (8, "Closing Prints", "VHO"),
    (9, "Cross Trade", "VHO"),
    (10, "Derivatively Priced", "VH"),
    (11, "Distribution", "VHO"),
    (12, "Form T/Extended Hours", "V"),
    (13, "Extended Hours (Sold Out Of Sequence)", "V"),
    (14, "Intermarket Sweep", "VHO"),
    (15, "Market Center Official Close", "-"),
    (16, "Market Center Official Open", "-"),
    (17, "Market Center Opening Trade", "VHO"),
    (18, "Market Center Reopening Trade", "VHO"),
    (19, "Market Center Closing Trade", "VHO"),
    (20, "Next Day", "V"),
    (21, "Price Variation Trade", "V"),
    (22, "Prior Reference Price", "VH"),
    (23, "Rule 155 Trade (AMEX)", "VHO"),
    (24, "Rule 127 NYSE", "VHO"),
    (25, "Opening Prints", "VHO"),
    (27, "Stopped Stock (Regular Trade)", "VHO"),
    (28, "Re-Opening Prints", "VHO"),
    (29, "Seller", "V"),
    (30, "Sold Last", "VHO"),
    (31, "Sold Last and Stopped Stock", "VHO"),
    (32, "Sold (Out Of Sequence)", "VH"),
    (33, "Sold (Out of Sequence) and Stopped Stock", "VH"),
    (34, "Split Trade", "VHO"),
    (35, "Stock Option", "VHO"),
    (36, "Yellow Flag Regular Trade", "VHO"),
    (37, "Odd Lot Trade", "V"),
    (38, "Corrected Consolidated Close", "HO"),
    (41, "Trade Thru Exempt", "VHO"),
    (52, "Contingent Trade", "V"),
    (53, "Qualified Contingent Trade", "V"),
    (55, "Opening Reopening Trade Detail", "VHO"),
)
_TRADE_THRU_EXEMPT = 41
_INDICATORS = (
    (57, "Short Sale Restriction Activated", "short_sale_restriction_indicator"),
    (58, "Short Sale Restriction Continued", "short_sale_restriction_indicator"),
    (59, "Short Sale Restriction Deactivated", "short_sale_restriction_indicator"),
    (60, "Short Sale Restriction In Effect", "short_sale_restriction_indicator"),
    (62, "Financial Status - Bankrupt", "financial_status_indicator"),
    (63, "Financial Status - Deficient", "financial_status_indicator"),
)
# Ids repeat across data types: 12 is Form T on a trade, a manual quote on a quote.
_QUOTES = (
    (1, "Regular, Two-Sided Open"),
    (2, "Regular, One-Sided Open"),
    (3, "Slow Ask"),
    (4, "Slow Bid"),
    (12, "Manual Bid and Ask"),
)


def _rules(letters: str) -> dict[str, bool]:
    return {
        "updates_high_low": "H" in letters,
        "updates_open_close": "O" in letters,
        "updates_volume": "V" in letters,
    }


def _sale_type(condition: int) -> str:
    return "trade_thru_exempt" if condition == _TRADE_THRU_EXEMPT else "sale_condition"


def _row(condition: int, name: str, kind: str, data_types: list[str]) -> Row:
    return {
        "id": condition,
        "type": kind,
        "name": name,
        "asset_class": "stocks",
        "data_types": data_types,
        "sip_mapping": {},
    }


CONDITIONS: tuple[Row, ...] = (
    *(
        {
            **_row(condition, name, _sale_type(condition), ["trade"]),
            "update_rules": {"consolidated": _rules(rule), "market_center": _rules(rule)},
        }
        for condition, name, rule in _SALES
    ),
    *(_row(condition, name, kind, ["trade"]) for condition, name, kind in _INDICATORS),
    *(_row(condition, name, "quote_condition", ["bbo", "nbbo"]) for condition, name in _QUOTES),
)
