(* A5: the printed distance form is false at every temperature. The witness is rational: s+ = 3/5, s- = 5/13 (cosines). *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Vectors.
Open Scope R_scope.

Theorem A5_proved : A5_statement.
Proof.
  intros tau Ht H. set (x := 14 / 65 / tau). assert (Hx : 0 < x) by (unfold x; apply Rdiv_lt_0_compat; lra).
  assert (S : forall c, -1 <= c <= 1 -> on_sphere 2 (circle c)) by (intros; apply circle_sphere; [lia | assumption]).
  assert (Ex : tau * x = 14 / 65) by (unfold x; field; lra).
  assert (P : forall eps, 0 <= eps -> (- (28 / 65) < - eps <-> - x <= - eps)).
  { intros eps He. specialize (H eps 2%nat (circle 1) (circle (3 / 5)) (circle (5 / 13)) He (S 1 ltac:(lra)) (S (3/5) ltac:(lra)) (S (5/13) ltac:(lra))).
    rewrite !squared_distance_sphere in H by (apply S; lra). unfold logit in H. rewrite !circle_dot_1 in H by lia.
    replace (5 / 13 / tau - 3 / 5 / tau) with (- x) in H by (unfold x; field; lra).
    replace (2 - 2 * (3 / 5) - (2 - 2 * (5 / 13))) with (- (28 / 65)) in H by field. exact H. }
  destruct (Rle_lt_dec tau (1 / 2)) as [Hs|Hs].
  - specialize (P x ltac:(lra)). assert (28 / 65 <= x) by nra. destruct P as [_ P]. specialize (P ltac:(lra)). lra.
  - assert (x < 28 / 65) by nra. specialize (P ((x + 28 / 65) / 2) ltac:(lra)). destruct P as [P _]. specialize (P ltac:(lra)). lra.
Qed.
