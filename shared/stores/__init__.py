"""Where rows are kept: Azure Tables or one SQLite file, behind the contract `ports.Store`."""
