module ckslab.invalid/labnode

go 1.26
