(* The axioms under every theorem, as Coq prints them; assumptions.txt lists the allowed ones. *)
From ContrastiveClaims Require A1 A2 A3 A4 A5 A5c A6 A7 A8 A9 A9c A10 A16 A17 A26 B3 B6 B7 B15 B17 B24 B25 B31c.

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
Print Assumptions A16.A16_proved.
Print Assumptions A17.A17_proved.
Print Assumptions A26.A26_proved.
Print Assumptions B3.B3_proved.
Print Assumptions B6.B6_proved.
Print Assumptions B7.B7_proved.
Print Assumptions B15.B15_proved.
Print Assumptions B17.B17_proved.
Print Assumptions B24.B24_proved.
Print Assumptions B25.B25_proved.
Print Assumptions B31c.B31c_proved.
