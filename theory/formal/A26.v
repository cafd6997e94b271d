(* A26: the sum condition holds for many far negatives, though one negative is closer than the positive. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors.
Open Scope R_scope.
Import ListNotations.

Lemma unbounded x : exists M : nat, x < INR M.
Proof.
  exists (Z.to_nat (up (Rmax x 0))). destruct (archimed (Rmax x 0)) as [H _]. pose proof (Rmax_l x 0). pose proof (Rmax_r x 0).
  rewrite INR_IZR_INZ, Z2Nat.id; [lra|]. apply le_IZR. lra.
Qed.

Theorem A26_proved : A26_statement.
Proof.
  intros eps tau d Ht Hd. destruct (unbounded (tau * eps + 1)) as [M HM].
  assert (S : forall c, -1 <= c <= 1 -> on_sphere d (circle c)) by (intros; apply circle_sphere; assumption).
  exists (circle 1), [circle (3 / 5)], (circle (4 / 5) :: repeat (circle (-1)) M).
  split; [apply S; lra|]. split; [repeat constructor; apply S; lra|]. split.
  { constructor; [apply S; lra|]. apply Forall_forall. intros x Hx. apply repeat_spec in Hx. subst x. apply S; lra. }
  split; [discriminate|]. split.
  - simpl. unfold logit. rewrite !circle_dot_1 by exact Hd.
    assert (E : total (map (fun y => dot d (circle 1) y / tau) (repeat (circle (-1)) M)) = - INR M / tau).
    { clear HM. induction M as [|M IH]; [simpl; field; lra|]. rewrite S_INR. simpl. rewrite IH, circle_dot_1 by exact Hd. field. lra. }
    rewrite E. apply (Rmult_lt_reg_l tau); [exact Ht|]. field_simplify; lra.
  - exists (circle (4 / 5)). split; [left; reflexivity|]. intros positive [<-|[]].
    rewrite !squared_distance_sphere by (apply S; lra). rewrite !circle_dot_1 by exact Hd. lra.
Qed.
