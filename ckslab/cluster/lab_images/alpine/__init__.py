"""The base `alpine`: busybox, accounts, a release, a list of packages in apk's form, and an apk of our own."""
