"""What `safelight.storage` is made of: addresses, credentials, bodies, and what a store's refusals mean."""
