(* The axioms under every theorem, as Coq prints them; assumptions.txt lists the allowed ones. *)
From ContrastiveClaims Require A1 A2 A3 A4 A5 A5c A6 A7 A8 A9 A9c A10 A11 A11c A12 A13 A16 A17 A21 A26 B3 B5 B6 B7 B8 B15 B16 B17 B18 B19 B22 B24 B25 B31c.

Print Assumptions A1.A1_proved.
Print Assumptions A2.A2_proved.
Print Assumptions A3.A3_proved.
Print Assumptions A4.A4_proved.
Print Assumptions A5.A5_proved.
Print Assumptions A5c.A5c_proved.
Print Assumptions A6.A6_proved.
Print Assumptions A7.A7_proved.
Print Assumptions A8.A8_proved.
Print Assumptions A9.A9_proved.
Print Assumptions A9c.A9c_proved.
Print Assumptions A10.A10_proved.
Print Assumptions A11.A11_proved.
Print Assumptions A11c.A11c_proved.
Print Assumptions A12.A12_proved.
Print Assumptions A13.A13_proved.
Print Assumptions A16.A16_proved.
Print Assumptions A17.A17_proved.
Print Assumptions A21.A21_proved.
Print Assumptions A26.A26_proved.
Print Assumptions B3.B3_proved.
Print Assumptions B5.B5_proved.
Print Assumptions B6.B6_proved.
Print Assumptions B7.B7_proved.
Print Assumptions B8.B8_proved.
Print Assumptions B15.B15_proved.
Print Assumptions B16.B16_proved.
Print Assumptions B17.B17_proved.
Print Assumptions B18.B18_proved.
Print Assumptions B19.B19_proved.
Print Assumptions B22.B22_proved.
Print Assumptions B24.B24_proved.
Print Assumptions B25.B25_proved.
Print Assumptions B31c.B31c_proved.
