"""Pages of the office: services and tariffs, prices, contracts, leads out of a file, cases, projects."""
