(* A17: equal means do not make the distributions of distances agree. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits.
From ContrastiveClaims Require A16.
Open Scope R_scope.
Import ListNotations.

Lemma first_moments_only aligned conflicting : mean aligned = mean conflicting -> 0 < variance aligned -> 0 < variance conflicting ->
  variance aligned <> variance conflicting -> first_moments aligned conflicting = 0 /\ 0 < fair_kl aligned conflicting.
Proof.
  intros Hm Ha Hc Hv. unfold first_moments, fair_kl. split; [rewrite Hm; ring|].
  destruct (A16.bounds (mean aligned) (variance aligned) (mean conflicting) (variance conflicting) Ha Hc) as [[H0 H1] H2].
  destruct (Req_dec (gaussian_kl (mean aligned) (variance aligned) (mean conflicting) (variance conflicting)) 0) as [E|]; [|lra].
  apply H2 in E. tauto.
Qed.

Theorem A17_proved : A17_statement.
Proof.
  split; [exact first_moments_only|]. exists [1; 3], [0; 4].
  assert (M1 : mean [1; 3] = 2) by (unfold mean; simpl; field). assert (M2 : mean [0; 4] = 2) by (unfold mean; simpl; field).
  assert (V1 : variance [1; 3] = 2) by (unfold variance; rewrite M1; simpl; field).
  assert (V2 : variance [0; 4] = 8) by (unfold variance; rewrite M2; simpl; field).
  destruct (first_moments_only [1; 3] [0; 4]) as [H1 H2]; [lra .. |].
  repeat split; try (rewrite ?V1, ?V2; lra); try assumption; repeat constructor; lra.
Qed.
