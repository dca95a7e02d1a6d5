"""The generated clients, one package per service."""
