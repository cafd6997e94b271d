(* B17: exact full collapse of a connected pair at finite shares. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Shapes.
Open Scope R_scope.

(* a Laplacian of three vertices with positive conductances b, c to the third *)
Lemma three_vertices a b c : 0 < b -> 0 < c ->
  ((forall y0 y1 y2, 0 <= a * ((y0 - y1) * (y0 - y1)) + b * ((y0 - y2) * (y0 - y2)) + c * ((y1 - y2) * (y1 - y2))) <-> 0 <= a + b * c / (b + c)).
Proof.
  intros Hb Hc. split.
  - intros H. specialize (H 1 0 (b / (b + c))).
    replace (a + b * c / (b + c)) with (a * ((1 - 0) * (1 - 0)) + b * ((1 - b / (b + c)) * (1 - b / (b + c))) + c * ((0 - b / (b + c)) * (0 - b / (b + c)))); [exact H|].
    field. lra.
  - intros H y0 y1 y2. set (r := y2 - (b * y0 + c * y1) / (b + c)).
    replace (a * ((y0 - y1) * (y0 - y1)) + b * ((y0 - y2) * (y0 - y2)) + c * ((y1 - y2) * (y1 - y2)))
      with ((a + b * c / (b + c)) * ((y0 - y1) * (y0 - y1)) + (b + c) * (r * r)) by (unfold r; field; lra).
    apply Rplus_le_le_0_compat; apply Rmult_le_pos; (assumption || lra || apply Rle_0_sqr).
Qed.

Definition side (k : nat) : R := if (k =? 2)%nat then -1 else 1.
Lemma side_merged k l : merged k l = side k * side l.
Proof. unfold merged, side. destruct (k =? 2)%nat, (l =? 2)%nat; simpl; ring. Qed.
Lemma side_square k : side k * side k = 1.
Proof. unfold side. destruct (k =? 2)%nat; ring. Qed.

Section Merging.
  Variables (tau : R) (pi : nat -> R) (alpha : nat -> nat -> R).
  Hypotheses (Ht : 0 < tau) (Hm : block_model 3 pi alpha) (H02 : alpha 0%nat 2%nat = 0) (H12 : alpha 1%nat 2%nat = 0).
  Let Hp := proj1 Hm.
  Let H1 := proj1 (proj2 Hm).
  Let Ha := proj1 (proj2 (proj2 Hm)).
  Let E := exp (/ tau).
  Let Z := (pi 0%nat + pi 1%nat) * E + pi 2%nat / E.
  Let Z2 := (pi 0%nat + pi 1%nat) / E + pi 2%nat * E.
  Let d := degree 3 pi alpha.
  Notation D := (pop_grad 3 tau pi alpha merged).

  Lemma E_pos : 0 < E. Proof. apply exp_pos. Qed.
  Lemma p0 : 0 < pi 0%nat. Proof. apply Hp; lia. Qed.
  Lemma p1 : 0 < pi 1%nat. Proof. apply Hp; lia. Qed.
  Lemma p2 : 0 < pi 2%nat. Proof. apply Hp; lia. Qed.
  Lemma Z_pos : 0 < Z.
  Proof. pose proof E_pos. pose proof p0. pose proof p1. pose proof p2. unfold Z. apply Rplus_lt_0_compat; [nra | apply Rdiv_lt_0_compat; lra]. Qed.
  Lemma Z2_pos : 0 < Z2.
  Proof. pose proof E_pos. pose proof p0. pose proof p1. pose proof p2. unfold Z2. apply Rplus_lt_0_compat; [apply Rdiv_lt_0_compat; lra | nra]. Qed.
  Lemma d_pos k : (k < 3)%nat -> 0 < d k.
  Proof. apply (model_degree 3 pi alpha k Hm). Qed.
  Lemma exp_near : exp (1 / tau) = E. Proof. unfold E. f_equal. unfold Rdiv. ring. Qed.
  Lemma exp_far : exp (-1 / tau) = / E.
  Proof. unfold E. rewrite <- exp_Ropp. f_equal. unfold Rdiv. ring. Qed.
  Lemma part0 : partition 3 tau pi merged 0 = Z.
  Proof. unfold partition, merged, Z. simpl. rewrite exp_near, exp_far. unfold Rdiv. ring. Qed.
  Lemma part1 : partition 3 tau pi merged 1 = Z.
  Proof. unfold partition, merged, Z. simpl. rewrite exp_near, exp_far. unfold Rdiv. ring. Qed.
  Lemma part2 : partition 3 tau pi merged 2 = Z2.
  Proof. unfold partition, merged, Z2. simpl. rewrite exp_near, exp_far. unfold Rdiv. ring. Qed.
  Lemma grad_merged k l : (k < 3)%nat -> (l < 3)%nat -> D k l = pi k * pi l / (2 * tau) *
    (exp (merged k l / tau) * (/ partition 3 tau pi merged k + / partition 3 tau pi merged l) - alpha k l * (/ d k + / d l)).
  Proof.
    intros Hk Hl. apply pop_grad_formula; try assumption; [rewrite !side_merged; ring | apply Ha; assumption | apply d_pos; assumption ..].
  Qed.
  Lemma D01 : D 0%nat 1%nat = pi 0%nat * pi 1%nat / (2 * tau) * (2 * E / Z - alpha 0%nat 1%nat * (1 / d 0%nat + 1 / d 1%nat)).
  Proof.
    rewrite grad_merged by lia. rewrite part0, part1. change (merged 0 1) with 1. rewrite exp_near.
    pose proof Z_pos. pose proof (d_pos 0 ltac:(lia)). pose proof (d_pos 1 ltac:(lia)). field. repeat split; lra.
  Qed.
  Lemma D02 : D 0%nat 2%nat = pi 0%nat * pi 2%nat / (2 * tau) * ((1 / Z + 1 / Z2) / E).
  Proof.
    rewrite grad_merged by lia. rewrite part0, part2, H02. change (merged 0 2) with (-1). rewrite exp_far.
    pose proof Z_pos. pose proof Z2_pos. pose proof E_pos. pose proof (d_pos 0 ltac:(lia)). pose proof (d_pos 2 ltac:(lia)). field. repeat split; lra.
  Qed.
  Lemma D12 : D 1%nat 2%nat = pi 1%nat * pi 2%nat / (2 * tau) * ((1 / Z + 1 / Z2) / E).
  Proof.
    rewrite grad_merged by lia. rewrite part1, part2, H12. change (merged 1 2) with (-1). rewrite exp_far.
    pose proof Z_pos. pose proof Z2_pos. pose proof E_pos. pose proof (d_pos 1 ltac:(lia)). pose proof (d_pos 2 ltac:(lia)). field. repeat split; lra.
  Qed.

  Lemma merged_form x : quad 3 (pop_dual 3 tau pi alpha merged) x =
    (- D 0%nat 1%nat) * ((x 0%nat - x 1%nat) * (x 0%nat - x 1%nat)) + D 0%nat 2%nat * ((x 0%nat + x 2%nat) * (x 0%nat + x 2%nat)) + D 1%nat 2%nat * ((x 1%nat + x 2%nat) * (x 1%nat + x 2%nat)).
  Proof.
    unfold pop_dual. rewrite (line_form 3 tau pi (fun _ l => pi l) _ merged side) by (intros; (apply side_square || apply side_merged)).
    fold (pop_grad 3 tau pi alpha). assert (Sy : forall k l, D k l = D l k) by (intros; apply grad_sym).
    unfold sum2. cbn [sum]. rewrite (Sy 1%nat 0%nat), (Sy 2%nat 0%nat), (Sy 2%nat 1%nat). unfold side. cbn [Nat.eqb]. field.
  Qed.

  Lemma merged_psd : (forall x, 0 <= quad 3 (pop_dual 3 tau pi alpha merged) x) <-> merges tau pi alpha.
  Proof.
    pose proof E_pos as HE. pose proof Z_pos as HZ. pose proof Z2_pos as HZ2. pose proof p0 as P0. pose proof p1 as P1. pose proof p2 as P2.
    pose proof (d_pos 0 ltac:(lia)) as d0. pose proof (d_pos 1 ltac:(lia)) as d1.
    assert (Hc : 0 < (1 / Z + 1 / Z2) / E). { apply Rdiv_lt_0_compat; [apply Rplus_lt_0_compat; apply Rdiv_lt_0_compat; lra | exact HE]. }
    assert (B : 0 < D 0%nat 2%nat) by (rewrite D02; apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; nra | exact Hc]).
    assert (C : 0 < D 1%nat 2%nat) by (rewrite D12; apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; nra | exact Hc]).
    pose proof (three_vertices (- D 0%nat 1%nat) _ _ B C) as T.
    assert (T0 : (forall x, 0 <= quad 3 (pop_dual 3 tau pi alpha merged) x) <-> 0 <= - D 0%nat 1%nat + D 0%nat 2%nat * D 1%nat 2%nat / (D 0%nat 2%nat + D 1%nat 2%nat)).
    { rewrite <- T. split; intros H.
      - intros y0 y1 y2. specialize (H (fun k => match k with 0%nat => y0 | 1%nat => y1 | _ => - y2 end)). rewrite merged_form in H. cbv beta iota in H. exact H.
      - intros x. rewrite merged_form. specialize (H (x 0%nat) (x 1%nat) (- x 2%nat)). unfold Rminus in *. rewrite !Ropp_involutive in H. exact H. }
    rewrite T0, D01, D02, D12. unfold merges. fold d E. fold Z Z2.
    set (bond := alpha 0%nat 1%nat * (1 / d 0%nat + 1 / d 1%nat)).
    replace (- (pi 0%nat * pi 1%nat / (2 * tau) * (2 * E / Z - bond)) + pi 0%nat * pi 2%nat / (2 * tau) * ((1 / Z + 1 / Z2) / E) *
      (pi 1%nat * pi 2%nat / (2 * tau) * ((1 / Z + 1 / Z2) / E)) / (pi 0%nat * pi 2%nat / (2 * tau) * ((1 / Z + 1 / Z2) / E) + pi 1%nat * pi 2%nat / (2 * tau) * ((1 / Z + 1 / Z2) / E)))
      with (pi 0%nat * pi 1%nat / (2 * tau) * (bond - (2 * E / Z - pi 2%nat / ((pi 0%nat + pi 1%nat) * E) * (1 / Z + 1 / Z2)))).
    2:{ set (e := 2 * E / Z). set (c := (1 / Z + 1 / Z2) / E) in *.
        assert (Ec : pi 2%nat / ((pi 0%nat + pi 1%nat) * E) * (1 / Z + 1 / Z2) = pi 2%nat / (pi 0%nat + pi 1%nat) * c) by (unfold c; clearbody Z Z2 E; field; repeat split; lra).
        rewrite Ec. clear Ec T0 T B C. clearbody c e bond. field. pose proof (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ P0 P2) Hc).
        pose proof (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ P1 P2) Hc). repeat split; lra. }
    assert (Hpos : 0 < pi 0%nat * pi 1%nat / (2 * tau)) by (apply Rdiv_lt_0_compat; nra).
    split; intros H.
    - apply (Rmult_le_reg_l (pi 0%nat * pi 1%nat / (2 * tau))); [exact Hpos|]. lra.
    - apply Rmult_le_pos; lra.
  Qed.
  Lemma merged_line k l : gram 1 (line side) k l = merged k l.
  Proof. rewrite line_gram, side_merged. reflexivity. Qed.
  Lemma merged_unit : unit_vectors 3 1 (line side).
  Proof. apply line_unit. intros; apply side_square. Qed.
  Lemma merged_optimum : merges tau pi alpha -> optimum_is 3 1 (population_loss 3 tau pi alpha) merged.
  Proof.
    intros H. apply (pop_optimum 3 tau pi alpha Ht Hp H1 1 (line side)); [apply merged_unit | intros; apply merged_line | apply merged_psd, H].
  Qed.
End Merging.

Theorem B17_proved : B17_statement.
Proof.
  intros tau pi alpha Ht Hm H02 H12. split; [|apply merged_optimum; assumption].
  intros d v Hd Hu Hv. rewrite <- (merged_psd tau pi alpha Ht Hm H02 H12).
  rewrite (pop_iff 3 tau pi alpha Ht (proj1 Hm) (proj1 (proj2 Hm)) 1 d (line side) v); [|lia | apply merged_unit | exact Hu | intros; rewrite merged_line; apply Hv; assumption].
  split; intros H x; specialize (H x); (erewrite quad_ext; [exact H|]); intros k l Hk Hl; apply dual_ext; intros; try assumption; rewrite merged_line; reflexivity.
Qed.
