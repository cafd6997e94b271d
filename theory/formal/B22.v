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

(* complementarity: a psd S with <S, G> = 0 annihilates G *)
Lemma annihilates K S d v : (forall k l, (k < K)%nat -> (l < K)%nat -> S k l = S l k) -> (forall x, 0 <= quad K S x) -> inner K S (gram d v) = 0 ->
  forall i m, (i < K)%nat -> sum K (fun l => S i l * gram d v l m) = 0.
Proof.
  intros Hs Hq H0 i m Hi. rewrite quad_gram in H0. pose proof (sum_nonneg_zero d _ (fun c _ => Hq (fun k => v k c)) H0) as Z. cbv beta in Z.
  assert (Row : forall c, (c < d)%nat -> sum K (fun l => S i l * v l c) = 0).
  { intros c Hc. specialize (Z c Hc). set (u := fun k => v k c) in *. set (e := fun k => if (i =? k)%nat then 1 else 0 : R). set (b := sum K (fun l => S i l * u l)).
    assert (Left : sum2 K (fun k l => S k l * (e k * u l)) = b).
    { unfold sum2. rewrite (sum_ext K _ (fun k => if (i =? k)%nat then sum K (fun l => S k l * u l) else 0)).
      - apply (sum_indicator K i (fun k => sum K (fun l => S k l * u l)) Hi).
      - intros k _. unfold e. destruct (i =? k)%nat; [apply sum_ext; intros; ring | apply sum_0; intros; ring]. }
    assert (Right : sum2 K (fun k l => S k l * (u k * e l)) = b).
    { rewrite sum2_swap, <- Left. apply sum2_ext. intros k l Hk Hl. rewrite (Hs l k Hl Hk). ring. }
    assert (Ex : forall t, quad K S (fun k => u k + t * e k) = 2 * t * b + t * t * quad K S e).
    { intros t. transitivity (quad K S u + t * sum2 K (fun k l => S k l * (e k * u l)) + t * sum2 K (fun k l => S k l * (u k * e l)) + t * t * quad K S e).
      - unfold quad. fold (sum2 K (fun k l => S k l * ((u k + t * e k) * (u l + t * e l)))) (sum2 K (fun k l => S k l * (u k * u l))) (sum2 K (fun k l => S k l * (e k * e l))).
        rewrite <- !sum2_scal, <- !sum2_plus. apply sum2_ext. intros; ring.
      - rewrite Left, Right, Z. ring. }
    pose proof (Hq e) as Q. set (q := quad K S e) in *. pose proof (Hq (fun k => u k + - b / (q + 1) * e k)) as P. rewrite Ex in P. fold b.
    assert (Eq : (2 * (- b / (q + 1)) * b + - b / (q + 1) * (- b / (q + 1)) * q) * ((q + 1) * (q + 1)) = - (b * b * (q + 2))) by (field; lra).
    assert (0 <= - (b * b * (q + 2))) by (rewrite <- Eq; apply Rmult_le_pos; [exact P | apply Rmult_le_pos; lra]).
    assert (0 <= b * b) by apply Rle_0_sqr. assert (b * b = 0) by (assert (0 <= b * b * q) by (apply Rmult_le_pos; lra); lra). apply Rmult_integral in H2. destruct H2; assumption. }
  unfold gram, dot. rewrite (sum_ext K _ (fun l => sum d (fun c => v m c * (S i l * v l c)))) by (intros; rewrite <- sum_scal; apply sum_ext; intros; ring).
  rewrite sum_swap. apply sum_0. intros c Hc. rewrite sum_scal, Row by exact Hc. ring.
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
  (* equality: exchanging the conflicting groups changes nothing, so that S v = 0 compares the aligned ones *)
  Lemma equality d v : (4 <= d)%nat -> optimal 4 d f v -> beta <> gamma -> gram d v 1 3 = gram d v 1 0 -> gram d v 0 3 = 1.
  Proof.
    intros Hd Hv Hbg Heq. pose proof Hv as [Hu Ho]. destruct (symmetric d v Hd Hv) as [E20 E23]. pose proof (gram_sym d v) as Sy.
    pose proof (proj1 Hm) as Hp. pose proof (proj1 (proj2 Hm)) as H1. pose proof (blocks_pos 4 pi H1) as HK.
    assert (HA : forall k l, (k < 4)%nat -> (l < 4)%nat -> 0 < (fun _ l => pi l) k l) by (intros; apply Hp; assumption).
    set (G := gram d v) in *. set (S := dual 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) G).
    assert (HS : forall x, 0 <= quad 4 S x).
    { apply (necessity 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) HK Ht HA d v Hu). intros w Hw.
      destruct (elliptope_unit 4 (gram (Datatypes.S d) w) (unit_elliptope 4 (Datatypes.S d) w Hw)) as (w' & Hw' & Gw).
      rewrite <- (gloss_ext 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) (gram d (pad 4 w')) (gram (Datatypes.S d) w)).
      - rewrite <- !pop_loss_eq. apply Ho, (unit_pad 4 4 d); assumption.
      - intros k l Hk Hl. rewrite gram_pad by exact Hd. apply Gw; assumption. }
    assert (Hin : inner 4 S G = 0).
    { unfold S. rewrite inner_dual. unfold inner, mult. apply Rminus_diag_eq. apply sum_ext. intros k Hk. replace (G k k) with 1 by (symmetry; apply Hu, Hk). ring. }
    assert (Ssym : forall k l, (k < 4)%nat -> (l < 4)%nat -> S k l = S l k).
    { intros k l _ _. unfold S, dual. rewrite (grad_sym 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) G k l). rewrite (Nat.eqb_sym l k). destruct (Nat.eqb_spec k l) as [->|]; reflexivity. }
    pose proof (annihilates 4 S d v Ssym HS Hin 1 0 ltac:(lia)) as R1. pose proof (annihilates 4 S d v Ssym HS Hin 2 0 ltac:(lia)) as R2.
    fold G in R1, R2. cbn [sum] in R1, R2.
    assert (G00 : G 0%nat 0%nat = 1) by (apply (Hu 0%nat); lia). assert (G10 : G 1%nat 0%nat = G 1%nat 3%nat) by (symmetry; exact Heq).
    assert (G20 : G 2%nat 0%nat = G 1%nat 3%nat) by exact E20. assert (G23 : G 2%nat 3%nat = G 1%nat 3%nat) by (rewrite E23; exact G10).
    assert (G01 : G 0%nat 1%nat = G 1%nat 3%nat) by (rewrite Sy; exact G10). assert (G02 : G 0%nat 2%nat = G 1%nat 3%nat) by (rewrite Sy; exact G20).
    assert (G31 : G 3%nat 1%nat = G 1%nat 3%nat) by apply Sy. assert (G32 : G 3%nat 2%nat = G 1%nat 3%nat) by (rewrite Sy; exact G23).
    assert (G11 : G 1%nat 1%nat = 1) by (apply (Hu 1%nat); lia). assert (G22 : G 2%nat 2%nat = 1) by (apply (Hu 2%nat); lia). assert (G33 : G 3%nat 3%nat = 1) by (apply (Hu 3%nat); lia).
    assert (P3 : pi 3%nat = pi 0%nat) by reflexivity. assert (P2 : pi 2%nat = pi 1%nat) by reflexivity.
    destruct degrees as (_ & D3 & _ & D2). pose proof (model_degree 4 pi A 0 Hm ltac:(lia)) as D0p. pose proof (model_degree 4 pi A 1 Hm ltac:(lia)) as D1p. fold D in D0p, D1p.
    set (c := G 1%nat 3%nat) in *. set (g := G 0%nat 3%nat) in *. set (w := G 1%nat 2%nat). assert (G30 : G 3%nat 0%nat = g) by apply Sy. assert (G21 : G 2%nat 1%nat = w) by apply Sy.
    set (part4 := part 4 tau (fun _ l => pi l) G).
    assert (Z3 : part4 3%nat = part4 0%nat) by (unfold part4, part; cbn [sum]; rewrite G33, G00, G30, G31, G32, G01, G02, P3; fold g; ring).
    assert (Z2 : part4 2%nat = part4 1%nat) by (unfold part4, part; cbn [sum]; rewrite G22, G11, G20, G21, G23, G10, P2, P3; fold c w; ring).
    (* only the pair weights tell (1, 0) from (1, 3) *)
    assert (R : forall k l, (l = 0 \/ l = 3)%nat -> (k = 1 \/ k = 2)%nat -> rep 4 tau pi (fun _ l => pi l) G k l + rep 4 tau pi (fun _ l => pi l) G l k =
      rep 4 tau pi (fun _ l => pi l) G 1 0 + rep 4 tau pi (fun _ l => pi l) G 0 1).
    { intros k l [-> | ->] [-> | ->]; unfold rep; fold part4; rewrite ?Z3, ?Z2, ?G20, ?G23, ?G10, ?G01, ?G02, ?G31, ?G32, ?P2, ?P3; fold c; reflexivity. }
    set (r := rep 4 tau pi (fun _ l => pi l) G 1 0 + rep 4 tau pi (fun _ l => pi l) G 0 1) in R. set (h := pi 0%nat * pi 1%nat * (/ D 0%nat + / D 1%nat)).
    assert (W : forall k l x, (l = 0 \/ l = 3)%nat -> (k = 1 \/ k = 2)%nat -> A k l = x -> A l k = x -> S k l = (r - h * x) / (2 * tau)).
    { intros k l x Hl Hk Ax Ax'. assert (k <> l) by lia. unfold S, dual. apply Nat.eqb_neq in H. rewrite H, Rminus_0_r. unfold grad. rewrite (R k l Hl Hk). f_equal.
      unfold pair_weight. fold D. rewrite Ax, Ax'. unfold h. destruct Hl as [-> | ->], Hk as [-> | ->]; rewrite ?D3, ?D2, ?P3, ?P2; field; lra. }
    rewrite (W 1%nat 0%nat gamma), (W 1%nat 3%nat beta) in R1 by (auto; reflexivity). rewrite (W 2%nat 0%nat beta), (W 2%nat 3%nat gamma) in R2 by (auto; reflexivity).
    rewrite G00, G10, G20, G30 in R1, R2.
    assert (S11 : S 1%nat 1%nat + S 1%nat 2%nat = S 2%nat 2%nat + S 2%nat 1%nat).
    { assert (G1 : grad 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) G 1 1 = grad 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) G 2 2).
      { unfold grad, rep. fold part4. rewrite Z2, G11, G22, P2. f_equal. unfold pair_weight. fold D. rewrite D2, P2. change (A 2%nat 2%nat) with (A 1%nat 1%nat). ring. }
      rewrite (Ssym 2%nat 1%nat) by lia. enough (S 1%nat 1%nat = S 2%nat 2%nat) by lra. unfold S, dual. cbn [Nat.eqb]. rewrite G1. f_equal. unfold mult. cbn [sum].
      assert (W' : forall k l, S k l = grad 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) G k l - if (k =? l)%nat then mult 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) G k else 0) by reflexivity.
      pose proof (W 1%nat 0%nat gamma ltac:(auto) ltac:(auto) eq_refl eq_refl) as W10. pose proof (W 1%nat 3%nat beta ltac:(auto) ltac:(auto) eq_refl eq_refl) as W13.
      pose proof (W 2%nat 0%nat beta ltac:(auto) ltac:(auto) eq_refl eq_refl) as W20. pose proof (W 2%nat 3%nat gamma ltac:(auto) ltac:(auto) eq_refl eq_refl) as W23.
      rewrite W' in W10, W13, W20, W23. cbn [Nat.eqb] in W10, W13, W20, W23. rewrite Rminus_0_r in W10, W13, W20, W23.
      rewrite W10, W13, W20, W23, G1, G11, G22, G21, G10, G20, G23. fold c w. rewrite (grad_sym 4 tau pi (fun _ l => pi l) (pair_weight 4 pi A) G 2 1). ring. }
    assert (K : (h * (beta - gamma)) * (1 - g) = 0).
    { fold c in R1, R2. assert (X : (r - h * gamma) / (2 * tau) * 1 + (r - h * beta) / (2 * tau) * g - ((r - h * beta) / (2 * tau) * 1 + (r - h * gamma) / (2 * tau) * g) = 0).
      { assert (Y : S 1%nat 1%nat * c + S 1%nat 2%nat * c = S 2%nat 2%nat * c + S 2%nat 1%nat * c) by (rewrite <- !Rmult_plus_distr_r, S11; reflexivity). lra. }
      replace (h * (beta - gamma) * (1 - g)) with (((r - h * gamma) / (2 * tau) * 1 + (r - h * beta) / (2 * tau) * g - ((r - h * beta) / (2 * tau) * 1 + (r - h * gamma) / (2 * tau) * g)) * (2 * tau)) by (field; lra).
      rewrite X. ring. }
    assert (Hh : 0 < h). { unfold h. pose proof (Rinv_0_lt_compat _ D0p). pose proof (Rinv_0_lt_compat _ D1p). apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; apply Hp; lia | lra]. }
    apply Rmult_integral in K. destruct K as [K|K]; [apply Rmult_integral in K; destruct K; lra | lra].
  Qed.
End Biased.

Theorem B22_proved : B22_statement.
Proof.
  intros tau rho p beta gamma delta d v Ht Hr Hm Hv. pose proof (side tau rho p beta gamma delta Ht Hr Hm d v Hv) as S. split; [lra|].
  intros Hd. destruct (symmetric tau rho p beta gamma delta Ht Hm d v Hd Hv) as [E1 E2]. rewrite E1, E2 in S. rewrite E1, E2. split; [lra|]. split; [lra|].
  intros Or. destruct (Req_dec beta gamma) as [|Hne]; [left; assumption | right].
  apply (equality tau rho p beta gamma delta Ht Hm d v Hd Hv Hne).
  destruct Or as [E|E]; apply Rmult_integral in E; destruct E; lra.
Qed.
