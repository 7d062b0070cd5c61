"""Knows the parts of countries that keep several clocks, and the clocks of each part."""

_NORTH_AMERICA = """
US-AK America/Anchorage America/Adak
US-AL America/Chicago America/New_York
US-AR America/Chicago
US-AZ America/Phoenix America/Denver
US-CA America/Los_Angeles
US-CO America/Denver
US-CT America/New_York
US-DC America/New_York
US-DE America/New_York
US-FL America/New_York America/Chicago
US-GA America/New_York
US-HI Pacific/Honolulu
US-IA America/Chicago
US-ID America/Boise America/Los_Angeles
US-IL America/Chicago
US-IN America/Indiana/Indianapolis America/Chicago
US-KS America/Chicago America/Denver
US-KY America/Kentucky/Louisville America/Chicago
US-LA America/Chicago
US-MA America/New_York
US-MD America/New_York
US-ME America/New_York
US-MI America/Detroit America/Menominee
US-MN America/Chicago
US-MO America/Chicago
US-MS America/Chicago
US-MT America/Denver
US-NC America/New_York
US-ND America/Chicago America/Denver
US-NE America/Chicago America/Denver
US-NH America/New_York
US-NJ America/New_York
US-NM America/Denver
US-NV America/Los_Angeles America/Denver
US-NY America/New_York
US-OH America/New_York
US-OK America/Chicago America/Denver
US-OR America/Los_Angeles America/Boise
US-PA America/New_York
US-RI America/New_York
US-SC America/New_York
US-SD America/Chicago America/Denver
US-TN America/New_York America/Chicago
US-TX America/Chicago America/Denver
US-UT America/Denver
US-VA America/New_York
US-VT America/New_York
US-WA America/Los_Angeles
US-WI America/Chicago
US-WV America/New_York
US-WY America/Denver
CA-AB America/Edmonton
CA-BC America/Vancouver America/Edmonton America/Fort_Nelson America/Creston
CA-MB America/Winnipeg
CA-NB America/Moncton
CA-NL America/St_Johns America/Goose_Bay
CA-NS America/Halifax
CA-NT America/Edmonton America/Inuvik
CA-NU America/Iqaluit America/Rankin_Inlet America/Resolute America/Cambridge_Bay
CA-ON America/Toronto America/Winnipeg America/Atikokan
CA-PE America/Halifax
CA-QC America/Toronto America/Puerto_Rico America/Halifax
CA-SK America/Regina America/Edmonton
CA-YT America/Whitehorse
"""
_BRAZIL = """
BR-AC America/Rio_Branco
BR-AL America/Maceio
BR-AM America/Manaus America/Eirunepe
BR-AP America/Belem
BR-BA America/Bahia
BR-CE America/Fortaleza
BR-DF America/Sao_Paulo
BR-ES America/Sao_Paulo
BR-GO America/Sao_Paulo
BR-MA America/Fortaleza
BR-MG America/Sao_Paulo
BR-MS America/Campo_Grande
BR-MT America/Cuiaba
BR-PA America/Belem America/Santarem
BR-PB America/Fortaleza
BR-PE America/Recife America/Noronha
BR-PI America/Fortaleza
BR-PR America/Sao_Paulo
BR-RJ America/Sao_Paulo
BR-RN America/Fortaleza
BR-RO America/Porto_Velho
BR-RR America/Boa_Vista
BR-RS America/Sao_Paulo
BR-SC America/Sao_Paulo
BR-SE America/Maceio
BR-SP America/Sao_Paulo
BR-TO America/Araguaina
"""
_AUSTRALIA = """
AU-ACT Australia/Sydney
AU-NSW Australia/Sydney Australia/Broken_Hill Australia/Lord_Howe
AU-NT Australia/Darwin
AU-QLD Australia/Brisbane
AU-SA Australia/Adelaide
AU-TAS Australia/Hobart
AU-VIC Australia/Melbourne
AU-WA Australia/Perth Australia/Eucla
"""

_LINES = filter(None, (_NORTH_AMERICA + _BRAZIL + _AUSTRALIA).splitlines())

ZONES: dict[str, tuple[str, ...]] = {part: tuple(zones) for part, *zones in map(str.split, _LINES)}
"""The IANA zones kept in each part of a country, by its ISO 3166-2 code; all parts of a country."""


def part_of(region: str | None) -> str | None:
    """The ISO 3166-2 code that a region is, in any case; None for whatever is none we know.

    An operator's own word, such as `FL`, names no country: it might as well be a sales district.
    """
    code = region.strip().upper() if region else ""
    return code if code in ZONES else None
