"""Where people find us: signed codes on village boards, their landing pages, posters and scans."""
