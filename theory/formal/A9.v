(* A9: three orthonormal vectors satisfy every non-contrastive term and are no single point. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Vectors.
Open Scope R_scope.

Theorem A9_proved : A9_statement.
Proof.
  intros H. set (e := fun i c : nat => if (i =? c)%nat then 1 else 0 : R).
  assert (D : forall i j, (i < 3)%nat -> (j < 3)%nat -> dot 3 (e i) (e j) = if (i =? j)%nat then 1 else 0).
  { intros [|[|[|i]]] [|[|[|j]]] Hi Hj; try lia; unfold dot, e; simpl; ring. }
  specialize (H 3%nat 3%nat e). assert (S : forall i, (i < 3)%nat -> on_sphere 3 (e i)).
  { intros i Hi. unfold on_sphere. rewrite D by exact Hi. rewrite Nat.eqb_refl. reflexivity. }
  specialize (H ltac:(lia) S). assert (T : non_contrastive_terms 3 3 e).
  { intros a i t Ha Hi Ht Hia Hta Hti. rewrite !D by assumption.
    destruct (Nat.eqb_spec a t); [lia|]. destruct (Nat.eqb_spec a i); [lia|]. lra. }
  specialize (H T 0%nat 1%nat ltac:(lia) ltac:(lia)). rewrite squared_distance_sphere in H by (apply S; lia).
  rewrite D in H by lia. simpl in H. lra.
Qed.
