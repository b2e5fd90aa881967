"""The second step of signing in: an app's codes, passkeys, and recovery codes on paper."""
