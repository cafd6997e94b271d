(* B19: connected majorities, and the general law of a vanishing minority. *)
From Coquelicot Require Import Coquelicot.
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Shapes Strong Vanishing Roots Antipodal.
From ContrastiveClaims Require B3 B25.
Open Scope R_scope.

(* ---- majorities that stay antipodal ---- *)
Lemma weakly_connected tau p beta alpha p0 : 0 < tau -> 0 <= beta < p -> 0 < alpha -> 0 <= p0 -> beta <= p * exp (- (2 / tau)) ->
  exists c, 0 < c /\ (forall x, collapse_side tau x = 1 + alpha / (p + beta) <-> x = c) /\
  limit_cosine 3 2 (minority_loss 2 tau (fun _ => / 2) (uniform_graph p beta) (one_tie alpha) p0) 2 0 (Rmin c 1).
Proof.
  intros Ht Hb Ha Hp0 Hweak. assert (Hr : 0 < alpha / (p + beta)) by (apply Rdiv_lt_0_compat; lra).
  destruct (collapse_root tau (1 + alpha / (p + beta)) Ht ltac:(lra)) as (c & Hc0 & Hc). exists c. split; [exact Hc0 | split; [exact Hc|]].
  assert (E : collapse_side tau c = 1 + alpha / (p + beta)) by (apply Hc; reflexivity). rewrite <- cut_positive by exact Hc0.
  assert (D0 : degree 2 (fun _ => / 2) (uniform_graph p beta) 0 = (p + beta) / 2) by (unfold degree, uniform_graph; simpl; field).
  assert (D1 : degree 2 (fun _ => / 2) (uniform_graph p beta) 1 = (p + beta) / 2) by (unfold degree, uniform_graph; simpl; field).
  apply (antipodal_limit (/ 2)); try reflexivity; try assumption.
  - apply equal_model; lra.
  - field.
  - rewrite D0, D1. replace (exp (- (2 / tau))) with (exp (-2 / tau)) in Hweak by (f_equal; field; lra).
    unfold B25.pull. pose proof (exp_pos (-2 / tau)) as Hy. set (y := exp (-2 / tau)) in *. change (uniform_graph p beta 0 1) with beta.
    assert (F : y / (/ 2 + (1 - / 2) * y) + y / (/ 2 * y + (1 - / 2)) - beta * (1 / ((p + beta) / 2) + 1 / ((p + beta) / 2)) = 4 * (p * y - beta) / ((1 + y) * (p + beta))) by (field; lra).
    assert (0 <= 4 * (p * y - beta) / ((1 + y) * (p + beta))); [|lra].
    apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat, Rmult_lt_0_compat; lra].
  - rewrite <- collapse_unequal by exact Ht. rewrite E, D0. unfold one_tie. simpl. field. lra.
Qed.

(* ---- majorities at the cosine x0 = 1 + tau log(beta/p) ---- *)
Section Connected.
  Variables (tau p beta alpha p0 : R).
  Hypotheses (Ht : 0 < tau) (Hb : 0 <= beta < p) (Ha : 0 < alpha) (Hp0 : 0 <= p0) (Hs : p * exp (- (2 / tau)) < beta).
  Let mu (l : nat) : R := / 2.
  Let x0 := 1 + tau * ln (beta / p).
  Let s0 := sqrt (1 - x0 * x0).
  Let u (i : nat) : vector := circle (if (i =? 0)%nat then 1 else x0).
  Let h (t : R) : vector := fun i => match i with 0%nat => cos t | 1%nat => - sin t | _ => 0 end.
  Lemma beta_pos : 0 < beta. Proof. pose proof (exp_pos (- (2 / tau))). assert (0 < p * exp (- (2 / tau))) by (apply Rmult_lt_0_compat; lra). lra. Qed.
  Lemma x0_range : -1 < x0 < 1.
  Proof.
    pose proof beta_pos as Hbp. assert (Hq : 0 < beta / p < 1) by (split; [apply Rdiv_lt_0_compat; lra | apply (Rmult_lt_reg_r p); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra]).
    assert (L1 : ln (beta / p) < 0) by (rewrite <- ln_1; apply ln_increasing; lra).
    assert (L2 : - (2 / tau) < ln (beta / p)). { apply ln_exp_lt. apply (Rmult_lt_reg_l p); [lra|]. replace (p * (beta / p)) with beta by (field; lra). exact Hs. }
    apply (Rmult_lt_compat_l tau) in L2; [|lra]. replace (tau * - (2 / tau)) with (-2) in L2 by (field; lra). unfold x0. split; [lra | nra].
  Qed.
  Lemma s0_pos : 0 < s0. Proof. apply sqrt_lt_R0. pose proof x0_range. nra. Qed.
  Lemma s0_square : s0 * s0 = 1 - x0 * x0. Proof. apply sqrt_sqrt. pose proof x0_range. nra. Qed.
  Lemma sqrt_1 : sqrt (1 - 1 * 1) = 0. Proof. replace (1 - 1 * 1) with 0 by ring. apply sqrt_0. Qed.
  Lemma u_gram i j : (i < 2)%nat -> (j < 2)%nat -> gram 2 u i j = equal_cosines x0 i j.
  Proof.
    intros Hi Hj. unfold gram, u. rewrite circle_dot by lia. pose proof s0_square as S.
    destruct i as [|[|i]], j as [|[|j]]; try lia; unfold equal_cosines; cbn [Nat.eqb]; fold s0; rewrite ?sqrt_1; try lra; fold s0; lra.
  Qed.
  Lemma h_dot t i : dot 2 (h t) (u i) = if (i =? 0)%nat then cos t else cos t * x0 - sin t * s0.
  Proof. unfold dot, h, u, circle. cbn [sum]. destruct (i =? 0)%nat; [rewrite sqrt_1; ring | fold s0; ring]. Qed.
  Lemma majorities_psd x : 0 <= quad 2 (pop_dual 2 tau mu (uniform_graph p beta) (gram 2 u)) x.
  Proof.
    pose proof beta_pos as Hbp. assert (M1 : sum 2 mu = 1) by (unfold mu; simpl; lra).
    rewrite (quad_ext 2 _ (pop_dual 2 tau mu (uniform_graph p beta) (pmi tau p (uniform_graph p beta)))).
    - apply (zero_gradient 2 tau mu (uniform_graph p beta)). apply (pmi_gradient 2 tau mu (uniform_graph p beta) Ht); try lra; [intros; unfold mu; lra|].
      intros k l _ _. unfold uniform_graph. rewrite (Nat.eqb_sym l k). destruct (k =? l)%nat; split; lra.
    - intros i j Hi Hj. apply dual_ext; try assumption. intros i' j' Hi' Hj'. rewrite u_gram by assumption. unfold equal_cosines, pmi, uniform_graph.
      destruct (i' =? j')%nat; [|reflexivity]. replace (p / p) with 1 by (field; lra). rewrite ln_1. ring.
  Qed.
  Let zeta := / 2 * (exp (/ tau) + exp (x0 / tau)).
  Let g1 t := cos t * x0 - sin t * s0.
  Let zL t := / 2 * (exp (cos t / tau) + exp (g1 t / tau)).
  Let b0 t := / 2 / (2 * tau) * (exp (cos t / tau) * (/ zL t + / zeta) - alpha * (/ (alpha / 2) + / ((p + beta) / 2))).
  Let b1 t := / 2 / (2 * tau) * (exp (g1 t / tau) * (/ zL t + / zeta)).
  Lemma zeta_positive : 0 < zeta. Proof. unfold zeta. pose proof (exp_pos (/ tau)). pose proof (exp_pos (x0 / tau)). lra. Qed.
  Lemma zL_positive t : 0 < zL t. Proof. unfold zL. pose proof (exp_pos (cos t / tau)). pose proof (exp_pos (g1 t / tau)). lra. Qed.
  Lemma b1_pos t : 0 < b1 t.
  Proof.
    pose proof (Rinv_0_lt_compat _ zeta_positive). pose proof (Rinv_0_lt_compat _ (zL_positive t)).
    unfold b1. apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; lra | apply Rmult_lt_0_compat; [apply exp_pos | lra]].
  Qed.
  Let T t := - (b0 t * sin t) - b1 t * (x0 * sin t + s0 * cos t).
  Lemma T_root : exists t, 0 < t < PI /\ T t = 0.
  Proof.
    pose proof PI_RGT_0 as HPI. pose proof s0_pos as S.
    assert (T0 : T 0 < 0). { unfold T. rewrite sin_0, cos_0. pose proof (b1_pos 0). nra. }
    assert (T1 : 0 < T PI). { unfold T. rewrite sin_PI, cos_PI. pose proof (b1_pos PI). nra. }
    destruct (IVT_gen T 0 PI 0) as (t & Hr & E).
    - intros t. apply continuity_pt_filterlim. apply (ex_derive_continuous T). pose proof (zL_positive t) as Z1. pose proof zeta_positive as Z2.
      unfold T, b0, b1. unfold zL, g1 in *. auto_derive. unfold Rminus, Rdiv in *. repeat split; lra.
    - rewrite Rmin_left, Rmax_right; lra.
    - rewrite Rmin_left, Rmax_right in Hr by lra. exists t. split; [|exact E].
      split; [destruct (proj1 Hr) as [|E0]; [assumption | subst; lra] | destruct (proj2 Hr) as [|E0]; [assumption | subst; lra]].
  Qed.
  Lemma beyond : exists c, -1 < c < 1 /\ limit_cosine 3 2 (minority_loss 2 tau mu (uniform_graph p beta) (one_tie alpha) p0) 2 0 c /\
    limit_cosine 3 2 (minority_loss 2 tau mu (uniform_graph p beta) (one_tie alpha) p0) 0 1 x0.
  Proof.
    destruct T_root as (t & Htt & HT). exists (cos t). assert (Hsin : 0 < sin t) by (apply sin_gt_0; lra).
    pose proof (sin2_cos2 t) as SC. unfold Rsqr in SC. split; [split; nra|].
    assert (Hm : block_model 2 mu (uniform_graph p beta)) by (apply equal_model; lra).
    assert (Hl : forall l, (l < 2)%nat -> 0 <= one_tie alpha l) by (intros l _; unfold one_tie; destruct (l =? 0)%nat; lra).
    assert (He : exists l, (l < 2)%nat /\ 0 < one_tie alpha l) by (exists 0%nat; split; [lia | unfold one_tie; simpl; lra]).
    assert (Hu : unit_vectors 2 2 u) by (intros i Hi; change (gram 2 u i i = 1); rewrite u_gram by assumption; unfold equal_cosines; rewrite Nat.eqb_refl; reflexivity).
    assert (Hh : on_sphere 2 (h t)) by (unfold on_sphere, dot, h; cbn [sum]; lra).
    set (bt := limit_gradient 2 2 tau mu (uniform_graph p beta) (one_tie alpha) u (h t)).
    assert (B0 : bt 0%nat = b0 t).
    { unfold bt, limit_gradient, partition, degree. cbn [sum]. rewrite !u_gram, !h_dot by lia. unfold equal_cosines, one_tie, uniform_graph, mu. cbn [Nat.eqb]. fold (g1 t).
      unfold b0, zL, zeta. replace (1 / tau) with (/ tau) by (unfold Rdiv; ring).
      replace (0 + / 2 * exp (cos t / tau) + / 2 * exp (g1 t / tau)) with (/ 2 * (exp (cos t / tau) + exp (g1 t / tau))) by ring.
      replace (0 + / 2 * exp (/ tau) + / 2 * exp (x0 / tau)) with (/ 2 * (exp (/ tau) + exp (x0 / tau))) by ring.
      replace (0 + alpha * / 2 + 0 * / 2) with (alpha / 2) by field. replace (0 + p * / 2 + beta * / 2) with ((p + beta) / 2) by field. reflexivity. }
    assert (B1 : bt 1%nat = b1 t).
    { unfold bt, limit_gradient, partition, degree. cbn [sum]. rewrite !u_gram, !h_dot by lia. unfold equal_cosines, one_tie, uniform_graph, mu. cbn [Nat.eqb]. fold (g1 t).
      unfold b1, zL, zeta. replace (1 / tau) with (/ tau) by (unfold Rdiv; ring).
      replace (0 + / 2 * exp (cos t / tau) + / 2 * exp (g1 t / tau)) with (/ 2 * (exp (cos t / tau) + exp (g1 t / tau))) by ring.
      replace (0 + / 2 * exp (x0 / tau) + / 2 * exp (/ tau)) with (/ 2 * (exp (/ tau) + exp (x0 / tau))) by ring. rewrite Rmult_0_l, Rminus_0_r. reflexivity. }
    assert (Hk : sum 2 (fun l => bt l * dot 2 (h t) (u l)) + sqrt (quad 2 (gram 2 u) bt) <= 0).
    { unfold quad. cbn [sum]. rewrite !h_dot, !u_gram, B0, B1 by lia. unfold equal_cosines. cbn [Nat.eqb]. pose proof (b1_pos t) as Pb. pose proof s0_pos as S. pose proof s0_square as S2.
      unfold T in HT. set (c0 := b0 t) in *. set (c1 := b1 t) in *. set (N := c0 * cos t + c1 * (cos t * x0 - sin t * s0)).
      assert (HN : N * sin t = - (c1 * s0)).
      { transitivity (cos t * (c0 * sin t + c1 * (x0 * sin t + s0 * cos t)) - c1 * s0 * (sin t * sin t + cos t * cos t)); [unfold N; ring|]. rewrite SC. replace (c0 * sin t + c1 * (x0 * sin t + s0 * cos t)) with 0 by lra. ring. }
      assert (HN0 : N < 0). { assert (0 < c1 * s0) by (apply Rmult_lt_0_compat; assumption). nra. }
      replace (0 + (0 + 1 * (c0 * c0) + x0 * (c0 * c1)) + (0 + x0 * (c1 * c0) + 1 * (c1 * c1))) with (Rsqr N).
      - rewrite sqrt_Rsqr_abs, Rabs_left by exact HN0. unfold N. lra.
      - symmetry. transitivity ((c0 + c1 * x0) * (c0 + c1 * x0) + c1 * c1 * (s0 * s0)); [rewrite S2; ring|].
        transitivity (Rsqr N + Rsqr (- (c0 * sin t) - c1 * (x0 * sin t + s0 * cos t))); [|rewrite HT; unfold Rsqr; ring]. unfold N, Rsqr.
        transitivity (((c0 + c1 * x0) * (c0 + c1 * x0) + c1 * c1 * (s0 * s0)) * (sin t * sin t + cos t * cos t)); [rewrite SC; ring | ring]. }
    split.
    - replace (cos t) with (dot 2 (h t) (u 0%nat)) by (rewrite h_dot; reflexivity).
      apply limit_with_minority; try assumption; try lia. apply majorities_psd.
    - replace x0 with (gram 2 u 0 1) by (rewrite u_gram by lia; reflexivity).
      apply (limit_of_majorities 2 2 tau mu (uniform_graph p beta) (one_tie alpha) p0 u (h t)); try assumption; try lia. apply majorities_psd.
  Qed.
End Connected.

(* ---- the general law ---- *)
Lemma slope_at_end F l : is_derive F 0 l -> (forall s, 0 < s < 1 -> F 0 <= F s) -> 0 <= l.
Proof.
  intros HF Hmin. destruct (Rle_lt_dec 0 l) as [|Hl]; [assumption | exfalso]. apply is_derive_Reals in HF.
  destruct (HF (- l) ltac:(lra)) as [delta Hd]. pose proof (cond_pos delta) as Hp. set (s := Rmin (delta / 2) (/ 2)).
  assert (S1 : 0 < s) by (apply Rmin_pos; lra). assert (S2 : s <= delta / 2) by apply Rmin_l. assert (S3 : s <= / 2) by apply Rmin_r.
  specialize (Hd s ltac:(lra) ltac:(rewrite Rabs_right by lra; lra)). rewrite Rplus_0_l in Hd. specialize (Hmin s ltac:(lra)).
  assert (0 <= (F s - F 0) / s) by (apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]). rewrite Rabs_right in Hd by lra. lra.
Qed.

Lemma sum_div n f z : sum n f / z = sum n (fun i => f i / z).
Proof. unfold Rdiv. symmetry. apply sum_scal_r. Qed.

Section General.
  Variables (L D : nat) (tau : R) (mu : nat -> R) (alpha : nat -> nat -> R) (links : nat -> R) (p0 : R) (u : nat -> vector) (h : vector).
  Hypotheses (Ht : 0 < tau) (Hm : block_model L mu alpha) (Hlinks : forall l, (l < L)%nat -> 0 <= links l)
    (Hsome : exists l, (l < L)%nat /\ 0 < links l) (Hp0 : 0 <= p0) (Hu : unit_vectors L D u)
    (Hopt : forall d u', unit_vectors L d u' -> population_loss L tau mu alpha (gram D u) <= population_loss L tau mu alpha (gram d u'))
    (Hh : dot D h h <= 1)
    (Hmin : forall h', dot D h' h' <= 1 -> limit_loss L tau mu alpha links (gram D u) (fun l => dot D h (u l))
                                          <= limit_loss L tau mu alpha links (gram D u) (fun l => dot D h' (u l))).
  Let g l := dot D h (u l).
  Let beta := limit_gradient L D tau mu alpha links u h.
  Let loss := limit_loss L tau mu alpha links (gram D u).

  Lemma loss_derivative eta : is_derive (fun t => loss (fun l => g l + t * eta l)) 0 (sum L (fun l => 2 * beta l * eta l)).
  Proof.
    pose proof (zL_pos L D tau mu alpha u h Hm) as HzL. fold g in HzL. pose proof (dL_pos L mu alpha links Hm Hlinks Hsome) as HdL.
    set (z := sum L (fun l => mu l * exp (g l / tau))) in *. set (dl := sum L (fun l => links l * mu l)) in *.
    set (cf := fun l => mu l * links l / dl + mu l * links l / degree L mu alpha l).
    assert (Z0 : sum L (fun l => mu l * exp ((g l + 0 * eta l) / tau)) = z) by (apply sum_ext; intros l _; rewrite Rmult_0_l, Rplus_0_r; reflexivity).
    replace (sum L (fun l => 2 * beta l * eta l)) with
      (- / tau * sum L (fun l => cf l * eta l) + sum L (fun l => mu l * exp (g l / tau) * (eta l / tau)) / z + sum L (fun l => mu l / partition L tau mu (gram D u) l * exp (g l / tau) * (eta l / tau))).
    2:{ rewrite sum_div, <- sum_scal, <- !sum_plus. apply sum_ext. intros l Hl.
        pose proof (model_degree L mu alpha l Hm Hl). pose proof (partition_pos L tau mu (proj1 Hm) (proj1 (proj2 Hm)) (gram D u) l Hl).
        unfold beta, limit_gradient, cf. fold (g l). change (sum L (fun l0 => mu l0 * exp (dot D h (u l0) / tau))) with z. fold dl. field. repeat split; lra. }
    unfold loss, limit_loss. fold dl. apply (is_derive_plus (fun t => - / tau * sum L (fun l => cf l * (g l + t * eta l)) + ln (sum L (fun l => mu l * exp ((g l + t * eta l) / tau))))
      (fun t => sum L (fun l => mu l / partition L tau mu (gram D u) l * exp ((g l + t * eta l) / tau)))).
    - apply (is_derive_plus (fun t => - / tau * sum L (fun l => cf l * (g l + t * eta l))) (fun t => ln (sum L (fun l => mu l * exp ((g l + t * eta l) / tau))))).
      + apply (is_derive_ext (fun t => sum L (fun l => - / tau * (cf l * (g l + t * eta l))))); [intros t; apply sum_scal|]. rewrite <- sum_scal.
        apply (is_derive_sum L (fun l t => - / tau * (cf l * (g l + t * eta l)))). intros l Hl. auto_derive; [exact I | ring].
      + set (Z := fun t => sum L (fun l => mu l * exp ((g l + t * eta l) / tau))).
        assert (HZ : is_derive Z 0 (sum L (fun l => mu l * exp (g l / tau) * (eta l / tau)))).
        { apply (is_derive_sum L (fun l t => mu l * exp ((g l + t * eta l) / tau))). intros l Hl. auto_derive; [exact I | rewrite Rmult_0_l, Rplus_0_r; unfold Rdiv; ring]. }
        assert (Zz : Z 0 = z) by exact Z0. evar_last.
        { apply (is_derive_comp ln Z); [|exact HZ]. apply is_derive_Reals, derivable_pt_lim_ln. rewrite Zz. exact HzL. }
        rewrite Zz. reflexivity.
    - apply (is_derive_sum L (fun l t => mu l / partition L tau mu (gram D u) l * exp ((g l + t * eta l) / tau))). intros l Hl.
      auto_derive; [exact I | rewrite Rmult_0_l, Rplus_0_r; unfold Rdiv; ring].
  Qed.
  Lemma first_order h' : dot D h' h' <= 1 -> 0 <= sum L (fun l => beta l * (dot D h' (u l) - g l)).
  Proof.
    intros Hh'. set (eta := fun l => dot D h' (u l) - g l). pose proof (loss_derivative eta) as Hd.
    apply slope_at_end in Hd.
    - rewrite (sum_ext L _ (fun l => 2 * (beta l * eta l))) in Hd by (intros; ring). rewrite sum_scal in Hd. unfold eta in Hd. lra.
    - intros s Hs. set (hs := fun c => (1 - s) * h c + s * h' c).
      assert (Eh : forall l, dot D hs (u l) = g l + s * eta l).
      { intros l. unfold eta, g, hs, dot. rewrite <- sum_minus, <- sum_scal, <- sum_plus. apply sum_ext. intros; ring. }
      assert (Hhs : dot D hs hs <= 1).
      { assert (X : dot D hs hs = (1 - s) * dot D h h + s * dot D h' h' - s * (1 - s) * squared_distance D h h').
        { unfold hs, dot, squared_distance. rewrite <- !sum_scal, <- sum_plus, <- sum_minus. apply sum_ext. intros; ring. }
        pose proof (squared_distance_nonneg D h h'). assert (0 <= s * (1 - s) * squared_distance D h h') by (apply Rmult_le_pos; [nra | assumption]). nra. }
      pose proof (Hmin hs Hhs) as M. fold loss in M.
      assert (E1 : loss (fun l => g l + 0 * eta l) = loss g).
      { unfold loss, limit_loss. f_equal; [f_equal; [f_equal|f_equal]|]; apply sum_ext; intros; rewrite Rmult_0_l, Rplus_0_r; reflexivity. }
      assert (E2 : loss (fun l => g l + s * eta l) = loss (fun l => dot D hs (u l))).
      { unfold loss, limit_loss. f_equal; [f_equal; [f_equal|f_equal]|]; apply sum_ext; intros; rewrite Eh; reflexivity. }
      rewrite E1, E2. exact M.
  Qed.
  Lemma general_kkt : sum L (fun l => beta l * g l) + sqrt (quad L (gram D u) beta) <= 0.
  Proof.
    set (gam := fun c => sum L (fun l => beta l * u l c)).
    assert (Gd : forall x, dot D x gam = sum L (fun l => beta l * dot D x (u l))).
    { intros x. unfold dot, gam. rewrite (sum_ext D _ (fun c => sum L (fun l => beta l * (x c * u l c)))) by (intros; rewrite <- sum_scal; apply sum_ext; intros; ring).
      rewrite sum_swap. apply sum_ext. intros; apply sum_scal. }
    assert (Gq : dot D gam gam = quad L (gram D u) beta).
    { rewrite Gd. unfold quad. apply sum_ext. intros k Hk. rewrite dot_sym, Gd, <- sum_scal. apply sum_ext. intros l Hl. unfold gram. ring. }
    rewrite <- Gq. set (q := dot D gam gam). assert (Hq : 0 <= q) by apply dot_nonneg. pose proof (sqrt_sqrt q Hq) as Sq. pose proof (sqrt_pos q) as S0. set (r := sqrt q) in *.
    destruct S0 as [S0|S0].
    - pose proof (first_order (fun c => - / r * gam c)) as F.
      assert (N1 : dot D (fun c => - / r * gam c) (fun c => - / r * gam c) = 1).
      { transitivity (/ r * / r * q); [unfold q, dot; rewrite <- sum_scal; apply sum_ext; intros; ring|]. rewrite <- Sq. field. lra. }
      specialize (F ltac:(lra)). rewrite (sum_ext L _ (fun l => beta l * dot D (fun c => - / r * gam c) (u l) - beta l * g l)) in F by (intros; ring).
      rewrite sum_minus, <- Gd in F. replace (dot D (fun c => - / r * gam c) gam) with (- r) in F; [lra|].
      transitivity (- / r * q); [|unfold q, dot; rewrite <- sum_scal; apply sum_ext; intros; ring]. rewrite <- Sq. field. lra.
    - pose proof (first_order (fun _ => 0)) as F. assert (Z : forall y, dot D (fun _ => 0) y = 0) by (intros; apply sum_0; intros; ring). rewrite Z in F. specialize (F ltac:(lra)).
      rewrite (sum_ext L _ (fun l => -1 * (beta l * g l))) in F by (intros; rewrite Z; ring). rewrite sum_scal in F. rewrite <- S0. lra.
  Qed.
  Lemma general_limit l : (l < L)%nat -> limit_cosine (S L) (S D) (minority_loss L tau mu alpha links p0) L l (dot D h (u l)).
  Proof.
    intros Hl. set (hh := fun c => if (c <? D)%nat then h c else sqrt (1 - dot D h h)). set (uu := pad D u).
    assert (Eg : forall i, dot (S D) hh (uu i) = g i).
    { intros i. unfold dot, hh, uu, pad. cbn [sum]. rewrite Nat.ltb_irrefl, Rmult_0_r, Rplus_0_r. apply sum_ext. intros c Hc. apply Nat.ltb_lt in Hc. rewrite Hc. reflexivity. }
    assert (EG : forall i j, gram (S D) uu i j = gram D u i j) by (intros; apply gram_pad; lia).
    assert (Eb : forall i, limit_gradient L (S D) tau mu alpha links uu hh i = beta i).
    { intros i. unfold beta, limit_gradient. rewrite Eg. fold (g i). f_equal. f_equal. f_equal. f_equal; f_equal.
      - apply sum_ext. intros; rewrite Eg; reflexivity.
      - unfold partition. apply sum_ext. intros; rewrite EG; reflexivity. }
    fold (g l). rewrite <- Eg. apply limit_with_minority; try assumption.
    - apply unit_pad; [lia | exact Hu].
    - unfold on_sphere, dot, hh. cbn [sum]. rewrite Nat.ltb_irrefl, sqrt_sqrt by lra.
      rewrite (sum_ext D _ (fun c => h c * h c)) by (intros c Hc; apply Nat.ltb_lt in Hc; rewrite Hc; reflexivity). fold (dot D h h). ring.
    - intros x. rewrite (quad_ext L _ (pop_dual L tau mu alpha (gram D u))); [|intros; apply dual_ext; intros; try apply EG; assumption].
      apply (B3.necessary_at L tau mu alpha Ht Hm D u Hu). intros v' Hv'. apply Hopt, Hv'.
    - rewrite (sum_ext L _ (fun i => beta i * g i)) by (intros; rewrite Eb, Eg; reflexivity).
      replace (quad L (gram (S D) uu) (limit_gradient L (S D) tau mu alpha links uu hh)) with (quad L (gram D u) beta); [apply general_kkt|].
      apply sum2_ext. intros i j _ _. rewrite EG, !Eb. reflexivity.
  Qed.
End General.

(* an exponential and a log-sum-exp are convex: both lie above their tangents at the mixture *)
Lemma exp_convex x y t : 0 <= t <= 1 -> exp (t * x + (1 - t) * y) <= t * exp x + (1 - t) * exp y.
Proof.
  intros Ht. set (m := t * x + (1 - t) * y).
  assert (T : forall u, exp m * (1 + (u - m)) <= exp u).
  { intros u. replace (exp u) with (exp m * exp (u - m)) by (rewrite <- exp_plus; f_equal; ring). apply Rmult_le_compat_l; [left; apply exp_pos | apply exp_tangent]. }
  pose proof (Rmult_le_compat_l t _ _ ltac:(lra) (T x)) as T1. pose proof (Rmult_le_compat_l (1 - t) _ _ ltac:(lra) (T y)) as T2.
  replace (exp m) with (t * (exp m * (1 + (x - m))) + (1 - t) * (exp m * (1 + (y - m)))) by (unfold m; ring). lra.
Qed.
Lemma lse_convex n (w h h' : nat -> R) t : (0 < n)%nat -> (forall l, (l < n)%nat -> 0 < w l) -> 0 <= t <= 1 ->
  ln (sum n (fun l => w l * exp (t * h l + (1 - t) * h' l))) <= t * ln (sum n (fun l => w l * exp (h l))) + (1 - t) * ln (sum n (fun l => w l * exp (h' l))).
Proof.
  intros Hn Hw Ht. set (m := fun l => t * h l + (1 - t) * h' l). destruct (lse_tangent n w m h Hn Hw) as [T1 _]. destruct (lse_tangent n w m h' Hn Hw) as [T2 _].
  cbv zeta in T1, T2. fold (m : nat -> R). change (sum n (fun l => w l * exp (t * h l + (1 - t) * h' l))) with (sum n (fun l => w l * exp (m l))). set (Z := sum n (fun l => w l * exp (m l))) in *.
  assert (E : t * sum n (fun l => w l * exp (m l) / Z * (h l - m l)) + (1 - t) * sum n (fun l => w l * exp (m l) / Z * (h' l - m l)) = 0).
  { rewrite <- !sum_scal, <- sum_plus. apply sum_0. intros l _. unfold m. ring. }
  pose proof (Rmult_le_compat_l t _ _ ltac:(lra) T1) as S1. pose proof (Rmult_le_compat_l (1 - t) _ _ ltac:(lra) T2) as S2. lra.
Qed.
Lemma limit_loss_convex L tau mu alpha links H g g' t : (0 < L)%nat -> 0 < tau -> (forall l, (l < L)%nat -> 0 < mu l) -> 0 <= t <= 1 ->
  limit_loss L tau mu alpha links H (fun l => t * g l + (1 - t) * g' l) <= t * limit_loss L tau mu alpha links H g + (1 - t) * limit_loss L tau mu alpha links H g'.
Proof.
  intros HL Ht Hmu Htt. unfold limit_loss.
  set (a := fun l => mu l * links l / sum L (fun m => links m * mu m) + mu l * links l / degree L mu alpha l).
  assert (A : - / tau * sum L (fun l => a l * (t * g l + (1 - t) * g' l)) = t * (- / tau * sum L (fun l => a l * g l)) + (1 - t) * (- / tau * sum L (fun l => a l * g' l))).
  { rewrite (sum_ext L _ (fun l => t * (a l * g l) + (1 - t) * (a l * g' l))) by (intros; ring). rewrite sum_plus, !sum_scal. ring. }
  pose proof (lse_convex L mu (fun l => g l / tau) (fun l => g' l / tau) t HL Hmu Htt) as B. cbv beta in B.
  rewrite (sum_ext L _ (fun l => mu l * exp ((t * g l + (1 - t) * g' l) / tau))) in B by (intros; do 2 f_equal; field; lra).
  assert (C : sum L (fun l => mu l / partition L tau mu H l * exp ((t * g l + (1 - t) * g' l) / tau)) <=
    t * sum L (fun l => mu l / partition L tau mu H l * exp (g l / tau)) + (1 - t) * sum L (fun l => mu l / partition L tau mu H l * exp (g' l / tau))).
  { rewrite <- !sum_scal, <- sum_plus. apply sum_le. intros l Hl. pose proof (exp_convex (g l / tau) (g' l / tau) t Htt) as X.
    replace (t * (g l / tau) + (1 - t) * (g' l / tau)) with ((t * g l + (1 - t) * g' l) / tau) in X by (field; lra).
    assert (P : 0 < partition L tau mu H l) by exact (part_pos L tau (fun _ l => mu l) HL (fun _ l _ Hl => Hmu l Hl) H l Hl).
    pose proof (Rmult_le_compat_l (mu l / partition L tau mu H l) _ _ ltac:(left; apply Rdiv_lt_0_compat; [apply Hmu, Hl | exact P]) X). lra. }
  assert (R : forall h, sum L (fun l => (mu l * links l / sum L (fun m => links m * mu m) + mu l * links l / degree L mu alpha l) * h l) = sum L (fun l => a l * h l)) by reflexivity.
  rewrite (R (fun l => t * g l + (1 - t) * g' l)), (R g), (R g'), A. lra.
Qed.

Theorem B19_proved : B19_statement.
Proof.
  split.
  - intros tau p beta alpha p0 Ht Hb Ha Hp0 f. split; intros H; [apply weakly_connected | apply beyond]; assumption.
  - split; [intros; apply limit_loss_convex; assumption|]. intros. apply general_limit; assumption.
Qed.
