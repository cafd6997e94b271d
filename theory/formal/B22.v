(* B22: on which side of the biased graph a conflicting group sits (two classes). *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population.
Open Scope R_scope.

(* in dimension K or more a minimiser's Gram matrix is the only optimal one *)
Lemma optimal_unique K tau pi alpha d v d' v' : 0 < tau -> (forall k, (k < K)%nat -> 0 < pi k) -> sum K pi = 1 -> (K <= d)%nat ->
  optimal K d (population_loss K tau pi alpha) v -> unit_vectors K d' v' -> population_loss K tau pi alpha (gram d' v') <= population_loss K tau pi alpha (gram d v) ->
  forall k l, (k < K)%nat -> (l < K)%nat -> gram d' v' k l = gram d v k l.
Proof.
  intros Ht Hp H1 HKd [Hu Ho] Hu' Hle. pose proof (blocks_pos K pi H1) as HK.
  assert (HA : forall k l, (k < K)%nat -> (l < K)%nat -> 0 < (fun _ l => pi l) k l) by (intros; apply Hp; assumption).
  apply (unique K tau pi (fun _ l => pi l) (pair_weight K pi alpha) HK Ht Hp HA); [|apply unit_elliptope; assumption .. | exact Hle].
  apply (necessity K tau pi (fun _ l => pi l) (pair_weight K pi alpha) HK Ht HA d v Hu). intros w Hw.
  (* any Gram matrix is one of vectors of R^K *)
  destruct (elliptope_unit K (gram (S d) w) (unit_elliptope K (S d) w Hw)) as (w' & Hw' & Gw).
  rewrite <- (gloss_ext K tau pi (fun _ l => pi l) (pair_weight K pi alpha) (gram d (pad K w')) (gram (S d) w)).
  - apply Ho, (unit_pad K K d); assumption.
  - intros k l Hk Hl. rewrite gram_pad by exact HKd. apply Gw; assumption.
Qed.

Section Biased.
  Variables (tau rho p beta gamma delta : R).
  Hypotheses (Ht : 0 < tau) (Hr : 0 < rho < 1).
  Let pi := biased_shares rho.
  Let A := biased_graph p beta gamma delta.
  Hypothesis Hm : block_model 4 pi A.
  Notation f := (population_loss 4 tau pi A).
  Definition swap (k : nat) : nat := match k with 1%nat => 2%nat | 2%nat => 1%nat | k => k end.
  Definition turn (k : nat) : nat := match k with 0%nat => 3%nat | 1%nat => 2%nat | 2%nat => 1%nat | 3%nat => 0%nat | k => k end.
  Lemma swap_4 k : (k < 4)%nat -> (swap k < 4)%nat. Proof. destruct k as [|[|[|[|k]]]]; simpl; lia. Qed.
  Lemma turn_4 k : (k < 4)%nat -> (turn k < 4)%nat. Proof. destruct k as [|[|[|[|k]]]]; simpl; lia. Qed.
  Let D := degree 4 pi A.
  Lemma degrees : D 0%nat = rho / 2 * (p + delta) + (1 - rho) / 2 * (beta + gamma) /\ D 3%nat = D 0%nat /\
    D 1%nat = rho / 2 * (beta + gamma) + (1 - rho) / 2 * (p + delta) /\ D 2%nat = D 1%nat.
  Proof. unfold D, degree, A, biased_graph, pi, biased_shares. simpl. repeat split; field. Qed.
  Lemma logs G s : s = swap \/ s = turn ->
    sum 4 (fun k => pi k * ln (partition 4 tau pi (fun i j => G (s i) (s j)) k)) = sum 4 (fun k => pi k * ln (partition 4 tau pi G k)).
  Proof.
    assert (P0 : pi 0%nat = pi 3%nat) by reflexivity. assert (P1 : pi 1%nat = pi 2%nat) by reflexivity.
    intros [->| ->].
    - assert (Z : forall k, partition 4 tau pi (fun i j => G (swap i) (swap j)) k = partition 4 tau pi G (swap k)) by (intros k; unfold partition; cbn [sum swap]; rewrite P1; ring).
      cbn [sum]. rewrite !Z. cbn [swap]. rewrite P1. ring.
    - assert (Z : forall k, partition 4 tau pi (fun i j => G (turn i) (turn j)) k = partition 4 tau pi G (turn k)) by (intros k; unfold partition; cbn [sum turn]; rewrite P0, P1; ring).
      cbn [sum]. rewrite !Z. cbn [turn]. rewrite P0, P1. ring.
  Qed.
  Lemma turned G : (forall k l, G k l = G l k) -> f (fun i j => G (turn i) (turn j)) = f G.
  Proof.
    intros Hs. unfold population_loss, weighted_loss. rewrite (logs G turn) by (right; reflexivity). f_equal. f_equal. destruct degrees as (_ & E3 & _ & E2).
    unfold pair_weight. fold D. cbn [sum turn]. rewrite E3, E2. unfold A, biased_graph, pi, biased_shares. simpl. unfold Rdiv. ring.
  Qed.
  Lemma swapped G : (forall k l, G k l = G l k) -> f (fun i j => G (swap i) (swap j)) - f G =
    rho / 2 * ((1 - rho) / 2) * (/ D 0%nat + / D 1%nat) / tau * ((beta - gamma) * (G 1%nat 3%nat + G 2%nat 0%nat - (G 1%nat 0%nat + G 2%nat 3%nat))).
  Proof.
    intros Hs. unfold population_loss, weighted_loss. rewrite (logs G swap) by (left; reflexivity). destruct degrees as (_ & E3 & _ & E2).
    unfold pair_weight. fold D. cbn [sum swap]. rewrite E3, E2. rewrite (Hs 0%nat 1%nat), (Hs 0%nat 2%nat), (Hs 3%nat 1%nat), (Hs 3%nat 2%nat), (Hs 2%nat 1%nat), (Hs 3%nat 0%nat).
    unfold A, biased_graph, pi, biased_shares. simpl. unfold Rdiv. ring.
  Qed.
  Lemma side d v : optimal 4 d f v -> 0 <= (beta - gamma) * (gram d v 1 3 + gram d v 2 0 - (gram d v 1 0 + gram d v 2 3)).
  Proof.
    intros [Hu Ho]. assert (Hu' : unit_vectors 4 d (fun k => v (swap k))) by (intros k Hk; apply Hu, swap_4, Hk).
    specialize (Ho _ Hu'). change (gram d (fun k => v (swap k))) with (fun i j => gram d v (swap i) (swap j)) in Ho.
    pose proof (swapped (gram d v) (gram_sym d v)) as E. pose proof (model_degree 4 pi A 0 Hm ltac:(lia)) as D0. pose proof (model_degree 4 pi A 1 Hm ltac:(lia)) as D1. fold D in D0, D1.
    assert (Hc : 0 < rho / 2 * ((1 - rho) / 2) * (/ D 0%nat + / D 1%nat) / tau).
    { apply Rdiv_lt_0_compat; [|exact Ht]. apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; lra|]. pose proof (Rinv_0_lt_compat _ D0). pose proof (Rinv_0_lt_compat _ D1). lra. }
    apply (Rmult_le_reg_l (rho / 2 * ((1 - rho) / 2) * (/ D 0%nat + / D 1%nat) / tau)); [exact Hc|]. rewrite Rmult_0_r, <- E. lra.
  Qed.
  Lemma symmetric d v : (4 <= d)%nat -> optimal 4 d f v -> gram d v 2 0 = gram d v 1 3 /\ gram d v 2 3 = gram d v 1 0.
  Proof.
    intros Hd Hv. pose proof Hv as [Hu _]. assert (Hu' : unit_vectors 4 d (fun k => v (turn k))) by (intros k Hk; apply Hu, turn_4, Hk).
    assert (U : forall k l, (k < 4)%nat -> (l < 4)%nat -> gram d (fun k => v (turn k)) k l = gram d v k l).
    { apply (optimal_unique 4 tau pi A d v d); try assumption; [apply (proj1 Hm) | apply (proj1 (proj2 Hm)) |].
      change (gram d (fun k => v (turn k))) with (fun i j => gram d v (turn i) (turn j)). rewrite (turned (gram d v) (gram_sym d v)). lra. }
    split; [rewrite <- (U 1%nat 3%nat) by lia | rewrite <- (U 1%nat 0%nat) by lia]; reflexivity.
  Qed.
End Biased.

Theorem B22_proved : B22_statement.
Proof.
  intros tau rho p beta gamma delta d v Ht Hr Hm Hv. pose proof (side tau rho p beta gamma delta Ht Hr Hm d v Hv) as S. split; [lra|].
  intros Hd. destruct (symmetric tau rho p beta gamma delta Ht Hm d v Hd Hv) as [E1 E2]. rewrite E1, E2 in S. rewrite E1, E2. lra.
Qed.
