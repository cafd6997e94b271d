(* B15: share independence, and when the biased graph of two classes has it. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population.
Open Scope R_scope.

Lemma pmi_diagonal tau p alpha k : 0 < p -> alpha k k = p -> pmi tau p alpha k k = 1.
Proof. intros Hp H. unfold pmi. rewrite H. replace (p / p) with 1 by (field; lra). rewrite ln_1. ring. Qed.

Lemma law K tau p alpha pi : 0 < tau -> 0 < p -> (forall k, (k < K)%nat -> alpha k k = p) ->
  (forall k l, (k < K)%nat -> (l < K)%nat -> 0 < alpha k l) -> psd K (pmi tau p alpha) ->
  (forall k, (k < K)%nat -> 0 < pi k) -> sum K pi = 1 -> optimum_is K K (population_loss K tau pi alpha) (pmi tau p alpha).
Proof.
  intros Ht Hp Hd Ha Hpsd Hpi H1.
  destruct (elliptope_unit K (pmi tau p alpha)) as (v & Hu & Hv); [split; [exact Hpsd | intros; apply pmi_diagonal; auto]|].
  apply (pop_optimum K tau pi alpha Ht Hpi H1 K v); [exact Hu | exact Hv|].
  apply zero_gradient. apply pmi_gradient; try assumption. intros k l Hk Hl. split; [apply Ha; assumption|].
  destruct Hpsd as [Hs _]. specialize (Hs k l Hk Hl). unfold pmi in Hs.
  assert (E : ln (alpha k l / p) = ln (alpha l k / p)) by (apply (Rmult_eq_reg_l tau); lra).
  apply ln_inv in E; [|apply Rdiv_lt_0_compat; auto ..]. apply (Rmult_eq_reg_r (/ p)); [symmetry; exact E | apply Rgt_not_eq, Rinv_0_lt_compat, Hp].
Qed.

Theorem B15_proved : B15_statement.
Proof.
  split.
  - intros K tau p alpha Ht Hp Hd Ha Hpsd. split; [intros pi Hpi H1; apply law; assumption|].
    intros pi pi' d v v' k l (Hpi & H1 & _) (Hpi' & H1' & _) HK Hv Hv' Hk Hl Hne.
    destruct (law K tau p alpha pi Ht Hp Hd Ha Hpsd Hpi H1 d HK) as [_ E]. destruct (law K tau p alpha pi' Ht Hp Hd Ha Hpsd Hpi' H1' d HK) as [_ E'].
    specialize (E v Hv k l Hk Hl). specialize (E' v' Hv' k l Hk Hl). rewrite E' in *. rewrite E. unfold representation_harm. field. lra.
  - intros tau p beta gamma delta Ht Hp Hb Hg Hde b c d.
    set (M := pmi tau p (biased_graph p beta gamma delta)).
    assert (L : 1 + tau * ln (p / p) = 1) by (replace (p / p) with 1 by (field; lra); rewrite ln_1; ring).
    assert (M0 : M 0%nat 0%nat = 1 /\ M 1%nat 1%nat = 1 /\ M 2%nat 2%nat = 1 /\ M 3%nat 3%nat = 1) by (repeat split; exact L).
    assert (Mc : M 0%nat 1%nat = c /\ M 1%nat 0%nat = c /\ M 2%nat 3%nat = c /\ M 3%nat 2%nat = c) by (repeat split; reflexivity).
    assert (Mb : M 0%nat 2%nat = b /\ M 2%nat 0%nat = b /\ M 1%nat 3%nat = b /\ M 3%nat 1%nat = b) by (repeat split; reflexivity).
    assert (Md : M 0%nat 3%nat = d /\ M 3%nat 0%nat = d /\ M 1%nat 2%nat = d /\ M 2%nat 1%nat = d) by (repeat split; reflexivity).
    assert (Q : forall x, sum 4 (fun k => sum 4 (fun l => M k l * (x k * x l))) = / 4 *
      ((1 + b + c + d) * (x 0%nat + x 1%nat + x 2%nat + x 3%nat) ^ 2 + (1 + b - c - d) * (x 0%nat - x 1%nat + x 2%nat - x 3%nat) ^ 2 +
       (1 - b + c - d) * (x 0%nat + x 1%nat - x 2%nat - x 3%nat) ^ 2 + (1 - b - c + d) * (x 0%nat - x 1%nat - x 2%nat + x 3%nat) ^ 2)).
    { intros x. clearbody b c d. 
      destruct M0 as (E0 & E1 & E2 & E3), Mc as (F0 & F1 & F2 & F3), Mb as (G0 & G1 & G2 & G3), Md as (J0 & J1 & J2 & J3).
      cbn [sum]. rewrite E0, E1, E2, E3, F0, F1, F2, F3, G0, G1, G2, G3, J0, J1, J2, J3. field. }
    split.
    + intros [_ H]. pose proof (H (fun _ => 1)) as A1. pose proof (H (fun k => if Nat.even k then 1 else -1)) as A2.
      pose proof (H (fun k => if (k <? 2)%nat then 1 else -1)) as A3. pose proof (H (fun k => if Nat.even (k / 2 + k) then 1 else -1)) as A4.
      fold M in A1, A2, A3, A4. rewrite Q in A1, A2, A3, A4. simpl in A1, A2, A3, A4. lra.
    + intros (A1 & A2 & A3 & A4). split.
      * clear Q. intros k l Hk Hl. destruct k as [|[|[|[|k]]]]; try lia; destruct l as [|[|[|[|l]]]]; try lia; reflexivity.
      * intros x. rewrite Q. apply Rmult_le_pos; [lra|]. repeat apply Rplus_le_le_0_compat; apply Rmult_le_pos; (assumption || apply pow2_ge_0).
Qed.
