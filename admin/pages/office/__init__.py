"""Pages of the office: prices, contracts, leads out of a file, cases, projects, notices."""
