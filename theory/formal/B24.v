(* B24: when a fully collapsed pair still takes one vector per block. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Shapes Nodes.
From ContrastiveClaims Require Import B17.
Open Scope R_scope.

Section Spread.
  Variables (tau : R) (pi : nat -> R) (alpha : nat -> nat -> R).
  Hypotheses (Ht : 0 < tau) (Hm : block_model 3 pi alpha) (H02 : alpha 0%nat 2%nat = 0) (H12 : alpha 1%nat 2%nat = 0).
  Let E := exp (/ tau).
  Let Z := (pi 0%nat + pi 1%nat) * E + pi 2%nat / E.
  Let Z2 := (pi 0%nat + pi 1%nat) / E + pi 2%nat * E.
  Let d := degree 3 pi alpha.
  Let a := alpha 0%nat 1%nat.
  Notation lambda := (multiplier 3 tau pi (pair_weight 3 pi alpha) merged).

  Lemma lambda_sum k : lambda k = sum 3 (fun l => pop_grad 3 tau pi alpha merged k l * merged k l).
  Proof. reflexivity. Qed.
  Lemma d0_eq : d 0%nat = pi 0%nat * alpha 0%nat 0%nat + pi 1%nat * a.
  Proof. unfold d, degree, a. cbn [sum]. rewrite H02. ring. Qed.
  Lemma d1_eq : d 1%nat = pi 0%nat * a + pi 1%nat * alpha 1%nat 1%nat.
  Proof.
    unfold d, degree, a. cbn [sum]. rewrite H12. destruct Hm as (_ & _ & Ha & _). destruct (Ha 1%nat 0%nat ltac:(lia) ltac:(lia)) as [_ ->]. ring.
  Qed.
  Lemma d2_eq : d 2%nat = pi 2%nat * alpha 2%nat 2%nat.
  Proof.
    unfold d, degree. cbn [sum]. destruct Hm as (_ & _ & Ha & _).
    destruct (Ha 2%nat 0%nat ltac:(lia) ltac:(lia)) as [_ ->]. destruct (Ha 2%nat 1%nat ltac:(lia) ltac:(lia)) as [_ ->]. rewrite H02, H12. ring.
  Qed.

  Lemma grads : let D := pop_grad 3 tau pi alpha merged in
    D 0%nat 0%nat = pi 0%nat * pi 0%nat / (2 * tau) * (2 * E / Z - 2 * alpha 0%nat 0%nat / d 0%nat) /\
    D 1%nat 1%nat = pi 1%nat * pi 1%nat / (2 * tau) * (2 * E / Z - 2 * alpha 1%nat 1%nat / d 1%nat) /\
    D 2%nat 2%nat = pi 2%nat * pi 2%nat / (2 * tau) * (2 * E / Z2 - 2 * alpha 2%nat 2%nat / d 2%nat).
  Proof.
    intros D. pose proof (Z_pos tau pi alpha Hm) as HZ. pose proof (Z2_pos tau pi alpha Hm) as HZ2.
    pose proof (d_pos pi alpha Hm 0 ltac:(lia)) as A0. pose proof (d_pos pi alpha Hm 1 ltac:(lia)) as A1. pose proof (d_pos pi alpha Hm 2 ltac:(lia)) as A2.
    unfold D. rewrite !(grad_merged tau pi alpha Ht Hm) by lia. rewrite (part0 tau pi), (part1 tau pi), (part2 tau pi).
    change (merged 0 0) with 1. change (merged 1 1) with 1. change (merged 2 2) with 1. rewrite exp_near. fold E in HZ, HZ2 |- *. fold Z in HZ |- *. fold Z2 in HZ2 |- *. fold d in A0, A1, A2 |- *.
    clearbody Z Z2 E d. repeat split; field; repeat split; lra.
  Qed.

  Lemma lambdas :
    lambda 0%nat = pi 0%nat / (2 * tau) * (a * pi 1%nat * (1 / d 0%nat - 1 / d 1%nat) - pi 2%nat / E * (3 / Z + 1 / Z2)) /\
    lambda 1%nat = pi 1%nat / (2 * tau) * (a * pi 0%nat * (1 / d 1%nat - 1 / d 0%nat) - pi 2%nat / E * (3 / Z + 1 / Z2)) /\
    lambda 2%nat < 0.
  Proof.
    destruct grads as (D00 & D11 & D22).
    pose proof (E_pos tau) as HE. pose proof (Z_pos tau pi alpha Hm) as HZ. pose proof (Z2_pos tau pi alpha Hm) as HZ2.
    pose proof (p0 pi alpha Hm) as P0. pose proof (p1 pi alpha Hm) as P1. pose proof (p2 pi alpha Hm) as P2.
    pose proof (d_pos pi alpha Hm 0 ltac:(lia)) as A0. pose proof (d_pos pi alpha Hm 1 ltac:(lia)) as A1. pose proof (d_pos pi alpha Hm 2 ltac:(lia)) as A2.
    pose proof (D01 tau pi alpha Ht Hm) as G01. pose proof (D02 tau pi alpha Ht Hm H02) as G02. pose proof (D12 tau pi alpha Ht Hm H12) as G12.
    fold E in HE, HZ, HZ2, G01, G02, G12. fold Z in HZ, G01, G02, G12. fold Z2 in HZ2, G02, G12. fold d in A0, A1, A2, G01. fold a in G01.
    assert (Sy : forall k l, pop_grad 3 tau pi alpha merged k l = pop_grad 3 tau pi alpha merged l k) by (intros; apply grad_sym).
    assert (a00 : alpha 0%nat 0%nat = (d 0%nat - pi 1%nat * a) / pi 0%nat) by (rewrite d0_eq; field; lra).
    assert (a11 : alpha 1%nat 1%nat = (d 1%nat - pi 0%nat * a) / pi 1%nat) by (rewrite d1_eq; field; lra).
    assert (a22 : alpha 2%nat 2%nat = d 2%nat / pi 2%nat) by (rewrite d2_eq; field; lra).
    rewrite !lambda_sum. cbn [sum]. rewrite (Sy 1%nat 0%nat), (Sy 2%nat 0%nat), (Sy 2%nat 1%nat), D00, D11, D22, G01, G02, G12, a00, a11, a22.
    change (merged 0 0) with 1. change (merged 0 1) with 1. change (merged 0 2) with (-1). change (merged 1 0) with 1. change (merged 1 1) with 1.
    change (merged 1 2) with (-1). change (merged 2 0) with (-1). change (merged 2 1) with (-1). change (merged 2 2) with 1.
    assert (Q : (pi 0%nat + pi 1%nat) * E = Z - pi 2%nat / E) by (unfold Z; ring).
    assert (Q2 : pi 2%nat * E = Z2 - (pi 0%nat + pi 1%nat) / E) by (unfold Z2; ring).
    assert (S0 : pi 0%nat = (Z - pi 2%nat / E) / E - pi 1%nat) by (rewrite <- Q; field; lra).
    repeat split.
    - transitivity (pi 0%nat / (2 * tau) * (2 * ((pi 0%nat + pi 1%nat) * E) / Z - 2 + a * pi 1%nat * (1 / d 0%nat - 1 / d 1%nat) - pi 2%nat * ((1 / Z + 1 / Z2) / E))).
      + clear Q Q2 S0 D00 D11 D22 G01 G02 G12 a00 a11 a22. clearbody Z Z2 E d a. field. repeat split; lra.
      + rewrite Q. clear Q Q2 S0 D00 D11 D22 G01 G02 G12 a00 a11 a22. clearbody Z Z2 E d a. field. repeat split; lra.
    - transitivity (pi 1%nat / (2 * tau) * (2 * ((pi 0%nat + pi 1%nat) * E) / Z - 2 + a * pi 0%nat * (1 / d 1%nat - 1 / d 0%nat) - pi 2%nat * ((1 / Z + 1 / Z2) / E))).
      + clear Q Q2 S0 D00 D11 D22 G01 G02 G12 a00 a11 a22. clearbody Z Z2 E d a. field. repeat split; lra.
      + rewrite Q. clear Q Q2 S0 D00 D11 D22 G01 G02 G12 a00 a11 a22. clearbody Z Z2 E d a. field. repeat split; lra.
    - match goal with |- ?x < 0 => replace x with (- (pi 2%nat / (2 * tau) * ((pi 0%nat + pi 1%nat) / E * (1 / Z + 3 / Z2)))) end.
      + assert (0 < pi 2%nat / (2 * tau) * ((pi 0%nat + pi 1%nat) / E * (1 / Z + 3 / Z2))); [|lra].
        apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; lra|]. apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; lra|].
        apply Rplus_lt_0_compat; apply Rdiv_lt_0_compat; lra.
      + symmetry. transitivity (pi 2%nat / (2 * tau) * (2 * (pi 2%nat * E) / Z2 - 2 - (pi 0%nat + pi 1%nat) * ((1 / Z + 1 / Z2) / E))).
        * clear Q Q2 S0 D00 D11 D22 G01 G02 G12 a00 a11 a22. clearbody Z Z2 E d a. field. repeat split; lra.
        * rewrite Q2. clear Q Q2 S0 D00 D11 D22 G01 G02 G12 a00 a11 a22. clearbody Z Z2 E d a. field. repeat split; lra.
  Qed.

  Lemma keep_iff : (forall k, (k < 3)%nat -> lambda k <= 0) <-> keeps_one_vector tau pi alpha 0 1 /\ keeps_one_vector tau pi alpha 1 0.
  Proof.
    destruct lambdas as (L0 & L1 & L2). pose proof (p0 pi alpha Hm) as P0. pose proof (p1 pi alpha Hm) as P1.
    assert (C0 : 0 < pi 0%nat / (2 * tau)) by (apply Rdiv_lt_0_compat; lra). assert (C1 : 0 < pi 1%nat / (2 * tau)) by (apply Rdiv_lt_0_compat; lra).
    unfold keeps_one_vector. fold d E. fold Z Z2. fold a. split.
    - intros H. pose proof (H 0%nat ltac:(lia)) as A. pose proof (H 1%nat ltac:(lia)) as B. rewrite L0 in A. rewrite L1 in B.
      clear - A B C0 C1. split; nra.
    - intros [A B] k Hk. destruct k as [|[|[|k]]]; [rewrite L0 | rewrite L1 | lra | lia].
      + clear - A C0. nra.
      + clear - B C1. nra.
  Qed.

  Lemma only_less k l : (k < 3)%nat -> (l < 3)%nat -> ~ keeps_one_vector tau pi alpha k l -> d k < d l.
  Proof.
    intros Hk Hl H. apply Rnot_le_lt in H. fold d E in H. fold Z Z2 in H. fold a in H.
    destruct (Rlt_le_dec (d k) (d l)) as [|Hle]; [assumption | exfalso].
    pose proof (E_pos tau) as HE. pose proof (Z_pos tau pi alpha Hm) as HZ. pose proof (Z2_pos tau pi alpha Hm) as HZ2. pose proof (p2 pi alpha Hm) as P2.
    pose proof (d_pos pi alpha Hm l Hl) as Dl. fold E in HE, HZ, HZ2. fold Z in HZ. fold Z2 in HZ2. fold d in Dl.
    assert (1 / d k <= 1 / d l) by (unfold Rdiv; rewrite !Rmult_1_l; apply Rinv_le_contravar; assumption).
    assert (0 <= a * pi l) by (apply Rmult_le_pos; [apply Hm; lia | left; apply Hm, Hl]).
    assert (0 < pi 2%nat / E * (3 / Z + 1 / Z2)).
    { apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; assumption|]. apply Rplus_lt_0_compat; apply Rdiv_lt_0_compat; lra. }
    nra.
  Qed.
End Spread.

Theorem B24_proved : B24_statement.
Proof.
  intros tau pi alpha Ht Hm H02 H12 Hmerge. split; [apply keep_iff; assumption|]. split; [|split; apply only_less; (assumption || lia)].
  intros d Hd. rewrite <- (keep_iff tau pi alpha Ht Hm H02 H12).
  pose proof (one_vector 3 tau pi alpha 1 d (line side) Ht Hm merged_unit ltac:(lia)) as T.
  assert (E : forall k l, (k < 3)%nat -> (l < 3)%nat -> gram 1 (line side) k l = merged k l) by (intros; apply merged_line).
  assert (HS : forall x, 0 <= quad 3 (pop_dual 3 tau pi alpha (gram 1 (line side))) x).
  { intros x. rewrite (quad_ext 3 _ (pop_dual 3 tau pi alpha merged)); [apply merged_psd; assumption|]. intros; apply dual_ext; assumption. }
  specialize (T HS).
  assert (L : population_loss 3 tau pi alpha (gram 1 (line side)) = population_loss 3 tau pi alpha merged) by (rewrite !pop_loss_eq; apply gloss_ext, E).
  assert (M : forall k, (k < 3)%nat -> multiplier 3 tau pi (pair_weight 3 pi alpha) (gram 1 (line side)) k = multiplier 3 tau pi (pair_weight 3 pi alpha) merged k).
  { intros k Hk. rewrite !pop_mult_eq. unfold mult. apply sum_ext. intros l Hl. rewrite E by assumption. f_equal. apply grad_ext; assumption. }
  rewrite L in T. rewrite <- T. split; intros H k Hk; specialize (H k Hk); rewrite M in * by exact Hk; exact H.
Qed.
