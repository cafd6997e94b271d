(* B5: the vanishing minority beside two equal, disconnected majorities. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Shapes Strong Vanishing Roots Antipodal.
From ContrastiveClaims Require B25.
Open Scope R_scope.

Theorem B5_proved : B5_statement.
Proof.
  intros tau r Ht Hr. destruct (collapse_root tau (1 + r) Ht ltac:(lra)) as (c & Hc0 & Hc). exists c.
  assert (E : collapse_side tau c = 1 + r) by (apply Hc; reflexivity).
  split; [exact Hc0 | split; [exact Hc | split; [apply collapse_cut; assumption | split]]].
  - rewrite <- cut_positive by exact Hc0. intros x Hx Hne.
    apply (cut_root_minimises (collapse_side tau) (collapse_loss tau r) tau (1 + r) c Ht); try assumption.
    + intros; apply collapse_increasing; assumption.
    + intros; apply collapse_loss_derivative, Ht.
  - intros p p0 Hp Hp0. rewrite <- cut_positive by exact Hc0.
    assert (D0 : degree 2 (fun _ => / 2) (uniform_graph p 0) 0 = p / 2) by (unfold degree, uniform_graph; simpl; field).
    apply (antipodal_limit (/ 2)); try reflexivity; try assumption.
    + apply equal_model; [exact Hp | lra].
    + field.
    + unfold one_tie. simpl. nra.
    + unfold uniform_graph at 1. simpl. rewrite Rmult_0_l. unfold B25.pull. pose proof (exp_pos (-2 / tau)).
      apply Rplus_le_le_0_compat; left; apply Rdiv_lt_0_compat; lra.
    + rewrite <- collapse_unequal by exact Ht. rewrite E, D0. unfold one_tie. simpl. field. lra.
Qed.
