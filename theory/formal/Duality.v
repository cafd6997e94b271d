(* Contrastive losses are convex in the Gram matrix: tangent planes, the duality certificate, its necessity, uniqueness.
   The loss is general: -(1/tau) sum W_kl G_kl + sum_k omega_k log sum_l A_kl e^(G_kl/tau); the population loss is A_kl = pi_l, omega = pi. *)
From Coquelicot Require Import Coquelicot.
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors Linear.
Open Scope R_scope.

(* a log-sum-exp lies above its tangent planes, strictly unless the step is constant *)
Lemma lse_tangent n (w h h' : nat -> R) : (0 < n)%nat -> (forall l, (l < n)%nat -> 0 < w l) ->
  let Z := sum n (fun l => w l * exp (h l)) in
  ln Z + sum n (fun l => w l * exp (h l) / Z * (h' l - h l)) <= ln (sum n (fun l => w l * exp (h' l))) /\
  ((exists i j, (i < n)%nat /\ (j < n)%nat /\ h' i - h i <> h' j - h j) ->
   ln Z + sum n (fun l => w l * exp (h l) / Z * (h' l - h l)) < ln (sum n (fun l => w l * exp (h' l)))).
Proof.
  intros Hn Hw Z. assert (HZ : 0 < Z).
  { apply sum_pos; [exact Hn|]. intros l Hl. apply Rmult_lt_0_compat; [apply Hw, Hl | apply exp_pos]. }
  set (m := sum n _).
  assert (E : Z * exp m = sum n (fun l => w l * exp m * exp (h l) * (1 + (h' l - h l - m)))).
  { transitivity (sum n (fun l => exp m * ((1 - m) * (w l * exp (h l)) + Z * (w l * exp (h l) / Z * (h' l - h l))))).
    - rewrite sum_scal, sum_plus, !sum_scal. fold Z. fold m. ring.
    - apply sum_ext. intros l Hl. field. lra. }
  assert (X : forall l, w l * exp (h' l) = w l * exp m * exp (h l) * exp (h' l - h l - m)).
  { intros l. replace (h' l) with (m + (h' l - h l - m) + h l) at 1 by ring. rewrite !exp_plus. ring. }
  assert (Hp : forall l, (l < n)%nat -> 0 < w l * exp m * exp (h l)).
  { intros l Hl. repeat apply Rmult_lt_0_compat; [apply Hw, Hl | apply exp_pos ..]. }
  assert (T : forall l, (l < n)%nat -> w l * exp m * exp (h l) * (1 + (h' l - h l - m)) <= w l * exp (h' l)).
  { intros l Hl. rewrite X. apply Rmult_le_compat_l; [left; apply Hp, Hl | apply exp_tangent]. }
  assert (HZm : 0 < Z * exp m) by (apply Rmult_lt_0_compat; [assumption | apply exp_pos]).
  rewrite <- (ln_exp m) at 1 2. rewrite <- ln_mult by (assumption || apply exp_pos). split.
  - apply ln_le; [exact HZm|]. rewrite E. apply sum_le, T.
  - intros (i & j & Hi & Hj & Hne). apply ln_increasing; [exact HZm|]. rewrite E.
    assert (exists l, (l < n)%nat /\ h' l - h l - m <> 0) as (l & Hl & Hm).
    { destruct (Req_dec (h' i - h i - m) 0); [exists j | exists i]; split; try assumption; lra. }
    apply (sum_lt n _ _ l T Hl). rewrite X. apply Rmult_lt_compat_l; [apply Hp, Hl | apply exp_ineq1, Hm].
Qed.

(* derivatives of finite sums, and a minimum at the left end *)
Lemma is_derive_sum n (f : nat -> R -> R) f' x :
  (forall i, (i < n)%nat -> is_derive (f i) x (f' i)) -> is_derive (fun s => sum n (fun i => f i s)) x (sum n f').
Proof.
  induction n; intros H; simpl; [exact (is_derive_const (0 : R_NormedModule) x)|].
  apply (is_derive_plus (fun s => sum n (fun i => f i s)) (f n)); [apply IHn; intros; apply H; lia | apply H; lia].
Qed.
Lemma slope_at_minimum F l : is_derive F 0 l -> (forall s, 0 < s -> F 0 <= F s) -> 0 <= l.
Proof.
  intros HF Hmin. destruct (Rle_lt_dec 0 l) as [|Hl]; [assumption | exfalso]. apply is_derive_Reals in HF.
  destruct (HF (- l) ltac:(lra)) as [delta Hd]. pose proof (cond_pos delta) as Hp.
  specialize (Hd (delta / 2) ltac:(lra) ltac:(rewrite Rabs_right by lra; lra)). rewrite Rplus_0_l in Hd.
  specialize (Hmin (delta / 2) ltac:(lra)).
  assert (0 <= (F (delta / 2) - F 0) / (delta / 2)) by (apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  rewrite Rabs_right in Hd by lra. lra.
Qed.

Section Contrastive.
  Variables (K : nat) (tau : R) (omega : nat -> R) (A W : nat -> nat -> R).
  Hypotheses (HK : (0 < K)%nat) (Ht : 0 < tau) (Hom : forall k, (k < K)%nat -> 0 < omega k)
    (HA : forall k l, (k < K)%nat -> (l < K)%nat -> 0 < A k l).

  Definition part (G : nat -> nat -> R) k := sum K (fun l => A k l * exp (G k l / tau)).
  Definition gloss (G : nat -> nat -> R) : R :=
    - / tau * sum K (fun k => sum K (fun l => W k l * G k l)) + sum K (fun k => omega k * ln (part G k)).
  Definition rep (G : nat -> nat -> R) k l := omega k * (A k l * exp (G k l / tau) / part G k).
  Definition grad (G : nat -> nat -> R) k l := (rep G k l + rep G l k - W k l - W l k) / (2 * tau).
  Definition mult (G : nat -> nat -> R) k := sum K (fun l => grad G k l * G k l).
  Definition dual (G : nat -> nat -> R) k l := grad G k l - if (k =? l)%nat then mult G k else 0.
  (* before symmetrising *)
  Definition grad0 (G : nat -> nat -> R) k l := (rep G k l - W k l) / tau.

  Lemma part_pos G k : (k < K)%nat -> 0 < part G k.
  Proof. intros Hk. apply sum_pos; [exact HK|]. intros l Hl. apply Rmult_lt_0_compat; [apply HA; assumption | apply exp_pos]. Qed.
  Lemma part_ext G G' k : (forall l, (l < K)%nat -> G k l = G' k l) -> part G k = part G' k.
  Proof. intros H. apply sum_ext. intros l Hl. rewrite H by exact Hl. reflexivity. Qed.
  Lemma gloss_ext G G' : (forall k l, (k < K)%nat -> (l < K)%nat -> G k l = G' k l) -> gloss G = gloss G'.
  Proof.
    intros H. unfold gloss. f_equal; [f_equal; apply sum2_ext; intros; rewrite H by assumption; reflexivity|].
    apply sum_ext. intros k Hk. rewrite (part_ext G G') by (intros; apply H; assumption). reflexivity.
  Qed.
  Lemma grad_ext G G' k l : (forall k l, (k < K)%nat -> (l < K)%nat -> G k l = G' k l) -> (k < K)%nat -> (l < K)%nat -> grad G k l = grad G' k l.
  Proof.
    intros H Hk Hl. unfold grad, rep. rewrite (part_ext G G' k), (part_ext G G' l), (H k l), (H l k) by (intros; try apply H; assumption). reflexivity.
  Qed.
  Lemma dual_ext G G' k l : (forall k l, (k < K)%nat -> (l < K)%nat -> G k l = G' k l) -> (k < K)%nat -> (l < K)%nat -> dual G k l = dual G' k l.
  Proof.
    intros H Hk Hl. unfold dual, mult. rewrite (grad_ext G G') by assumption. f_equal. destruct (k =? l)%nat; [|reflexivity].
    apply sum_ext. intros m Hm. rewrite (grad_ext G G'), H by assumption. reflexivity.
  Qed.
  Lemma grad_sym G k l : grad G k l = grad G l k.
  Proof. unfold grad. f_equal. ring. Qed.
  Lemma inner_grad0 G H : (forall k l, (k < K)%nat -> (l < K)%nat -> H k l = H l k) -> inner K (grad0 G) H = inner K (grad G) H.
  Proof.
    intros Hs. transitivity (/ 2 * (inner K (grad0 G) H + inner K (grad0 G) H)); [field|].
    assert (E : inner K (grad0 G) H = sum2 K (fun k l => grad0 G l k * H k l)).
    { unfold inner. change (sum2 K (fun k l => grad0 G k l * H k l) = sum2 K (fun k l => grad0 G l k * H k l)).
      rewrite sum2_swap. apply sum2_ext. intros k l Hk Hl. rewrite (Hs l k) by assumption. reflexivity. }
    rewrite E at 2. unfold inner. fold (sum2 K (fun k l => grad0 G k l * H k l)). rewrite <- sum2_plus, <- sum2_scal.
    apply sum2_ext. intros k l Hk Hl. unfold grad0, grad. field. lra.
  Qed.

  (* convexity: the loss lies above its tangent planes *)
  Lemma tangent0 G G' :
    gloss G + inner K (grad0 G) (fun k l => G' k l - G k l) <= gloss G' /\
    ((exists k i l, (k < K)%nat /\ (i < K)%nat /\ (l < K)%nat /\ G' k i - G k i <> G' k l - G k l) ->
     gloss G + inner K (grad0 G) (fun k l => G' k l - G k l) < gloss G').
  Proof.
    set (P := fun k => omega k * ln (part G k) + sum K (fun l => rep G k l / tau * (G' k l - G k l))).
    assert (E : gloss G + inner K (grad0 G) (fun k l => G' k l - G k l) = - / tau * sum K (fun k => sum K (fun l => W k l * G' k l)) + sum K P).
    { unfold gloss, inner, P. rewrite sum_plus.
      replace (sum K (fun k => sum K (fun l => grad0 G k l * (G' k l - G k l)))) with
        (sum K (fun k => sum K (fun l => rep G k l / tau * (G' k l - G k l)))
         - / tau * (sum K (fun k => sum K (fun l => W k l * G' k l)) - sum K (fun k => sum K (fun l => W k l * G k l)))); [ring|].
      rewrite <- sum_minus, <- sum_scal, <- sum_minus. apply sum_ext. intros k Hk.
      rewrite <- sum_minus, <- sum_scal, <- sum_minus. apply sum_ext. intros l Hl. unfold grad0. field. lra. }
    assert (T : forall k, (k < K)%nat -> P k <= omega k * ln (part G' k) /\
      ((exists i l, (i < K)%nat /\ (l < K)%nat /\ G' k i - G k i <> G' k l - G k l) -> P k < omega k * ln (part G' k))).
    { intros k Hk. pose proof (Hom k Hk) as Ho. pose proof (part_pos G k Hk) as HZ.
      destruct (lse_tangent K (A k) (fun l => G k l / tau) (fun l => G' k l / tau) HK (fun l Hl => HA k l Hk Hl)) as [L1 L2].
      fold (part G k) in L1, L2. fold (part G' k) in L1, L2.
      assert (Q : P k = omega k * (ln (part G k) + sum K (fun l => A k l * exp (G k l / tau) / part G k * (G' k l / tau - G k l / tau)))).
      { unfold P. rewrite Rmult_plus_distr_l. f_equal. rewrite <- sum_scal. apply sum_ext. intros l Hl. unfold rep. field. lra. }
      rewrite Q. split; [apply Rmult_le_compat_l; [lra | exact L1]|].
      intros (i & l & Hi & Hl & Hne). apply Rmult_lt_compat_l; [exact Ho|]. apply L2. exists i, l. repeat split; try assumption.
      intros H. apply Hne. apply (Rmult_eq_reg_r (/ tau)); [|apply Rgt_not_eq, Rinv_0_lt_compat, Ht]. unfold Rdiv in H. lra. }
    rewrite E. unfold gloss. split.
    - apply Rplus_le_compat_l, sum_le. intros k Hk. apply T, Hk.
    - intros (k & i & l & Hk & Hi & Hl & Hne). apply Rplus_lt_compat_l, (sum_lt K _ _ k); [intros j Hj; apply T, Hj | exact Hk|].
      apply T; [exact Hk|]. exists i, l. repeat split; assumption.
  Qed.

  (* <D, G'> - sum lambda_k G'_kk = <S, G'> *)
  Lemma inner_dual G G' : inner K (dual G) G' = inner K (grad G) G' - sum K (fun k => mult G k * G' k k).
  Proof.
    unfold inner, dual. rewrite <- (sum2_diag K (fun k l => mult G k * G' k l)). unfold sum2. rewrite <- sum_minus. apply sum_ext. intros k Hk.
    rewrite <- sum_minus. apply sum_ext. intros l Hl. destruct (k =? l)%nat; ring.
  Qed.
  Lemma quad_dual G x : quad K (dual G) x = quad K (grad G) x - sum K (fun k => mult G k * (x k * x k)).
  Proof. exact (inner_dual G (fun k l => x k * x l)). Qed.
  Lemma inner_minus B G G' : inner K B (fun k l => G' k l - G k l) = inner K B G' - inner K B G.
  Proof. unfold inner. fold (sum2 K (fun k l => B k l * G' k l)) (sum2 K (fun k l => B k l * G k l)). rewrite <- sum2_minus. apply sum2_ext. intros; ring. Qed.

  (* the gap of two points: f(G) - f(G') <= -<S, G'>, strictly if they differ off the diagonal *)
  Lemma gap G G' : elliptope K G -> elliptope K G' ->
    gloss G + inner K (dual G) G' <= gloss G' /\
    ((exists k l, (k < K)%nat /\ (l < K)%nat /\ G' k l <> G k l) -> gloss G + inner K (dual G) G' < gloss G').
  Proof.
    intros [[Hs _] Hd] [[Hs' _] Hd'].
    assert (E : inner K (dual G) G' = inner K (grad0 G) (fun k l => G' k l - G k l)).
    { rewrite inner_grad0 by (intros; rewrite Hs, Hs' by assumption; reflexivity). rewrite inner_dual, inner_minus. f_equal.
      unfold inner, mult. apply sum_ext. intros k Hk. rewrite Hd' by exact Hk. ring. }
    rewrite E. destruct (tangent0 G G') as [T1 T2]. split; [exact T1|]. intros (k & l & Hk & Hl & Hne). apply T2.
    exists k, k, l. repeat split; try assumption. rewrite Hd, Hd' by exact Hk. lra.
  Qed.

  (* sufficiency, with uniqueness *)
  Theorem certificate G G' : (forall x, 0 <= quad K (dual G) x) -> elliptope K G -> elliptope K G' -> gloss G <= gloss G'.
  Proof. intros HS HG HG'. destruct (gap G G' HG HG') as [T _]. pose proof (psd_inner K (dual G) G' HS (proj1 HG')). lra. Qed.
  Theorem unique G G' : (forall x, 0 <= quad K (dual G) x) -> elliptope K G -> elliptope K G' -> gloss G' <= gloss G ->
    forall k l, (k < K)%nat -> (l < K)%nat -> G' k l = G k l.
  Proof.
    intros HS HG HG' Hle k l Hk Hl. destruct (Req_dec (G' k l) (G k l)) as [|Hne]; [assumption | exfalso].
    destruct (gap G G' HG HG') as [_ T]. specialize (T (ex_intro _ k (ex_intro _ l (conj Hk (conj Hl Hne))))).
    pose proof (psd_inner K (dual G) G' HS (proj1 HG')). lra.
  Qed.

  (* necessity: one spare dimension is enough to go down where S is not psd *)
  Lemma der_term a (g : R -> R) g' x : is_derive g x g' -> is_derive (fun s => a * exp (g s / tau)) x (a * exp (g x / tau) * (g' / tau)).
  Proof. intros H. auto_derive; [exists g'; exact H | rewrite (is_derive_unique (fun s : R => g s) x g' H); unfold Rdiv; ring]. Qed.
  Lemma der_ln w (z : R -> R) z' x : is_derive z x z' -> 0 < z x -> is_derive (fun s => w * ln (z s)) x (w * (z' / z x)).
  Proof. intros H Hz. auto_derive; [split; [exists z'; exact H | split; [exact Hz | exact I]] | rewrite (is_derive_unique (fun s : R => z s) x z' H); field; lra]. Qed.
  Lemma der_lin w (g : R -> R) g' x : is_derive g x g' -> is_derive (fun s => w * g s) x (w * g').
  Proof. intros H. auto_derive; [exists g'; exact H | rewrite (is_derive_unique (fun s : R => g s) x g' H); ring]. Qed.
  Lemma der_gloss (H : nat -> nat -> R -> R) H' x : (forall k l, (k < K)%nat -> (l < K)%nat -> is_derive (H k l) x (H' k l)) ->
    is_derive (fun s => gloss (fun k l => H k l s)) x (inner K (grad0 (fun k l => H k l x)) H').
  Proof.
    intros HH. replace (inner K (grad0 (fun k l => H k l x)) H') with
      (- / tau * sum K (fun k => sum K (fun l => W k l * H' k l)) + sum K (fun k => omega k *
        (sum K (fun l => A k l * exp (H k l x / tau) * (H' k l / tau)) / part (fun k l => H k l x) k))).
    - apply (is_derive_plus (fun s => - / tau * sum K (fun k => sum K (fun l => W k l * H k l s)))
        (fun s => sum K (fun k => omega k * ln (part (fun k l => H k l s) k)))).
      + apply (der_lin (- / tau) (fun s => sum K (fun k => sum K (fun l => W k l * H k l s)))).
        apply (is_derive_sum K (fun k s => sum K (fun l => W k l * H k l s))). intros k Hk.
        apply (is_derive_sum K (fun l s => W k l * H k l s)). intros l Hl. apply der_lin, HH; assumption.
      + apply (is_derive_sum K (fun k s => omega k * ln (part (fun k l => H k l s) k))). intros k Hk.
        apply (der_ln (omega k) (fun s => part (fun k l => H k l s) k)); [|apply part_pos, Hk].
        apply (is_derive_sum K (fun l s => A k l * exp (H k l s / tau))). intros l Hl. apply der_term, HH; assumption.
    - unfold inner. rewrite <- sum_scal, <- sum_plus. apply sum_ext. intros k Hk. pose proof (part_pos (fun k l => H k l x) k Hk).
      unfold Rdiv at 1. rewrite <- sum_scal_r, <- !sum_scal, <- sum_plus. apply sum_ext. intros l Hl. unfold grad0, rep. field. lra.
  Qed.

  Theorem necessity d v : unit_vectors K d v ->
    (forall v', unit_vectors K (S d) v' -> gloss (gram d v) <= gloss (gram (S d) v')) -> forall x, 0 <= quad K (dual (gram d v)) x.
  Proof.
    intros Hu Hopt x. set (G := gram d v) in *.
    set (H := fun k l s => (G k l + s * (x k * x l)) / (sqrt (1 + s * (x k * x k)) * sqrt (1 + s * (x l * x l)))).
    set (H' := fun k l => x k * x l - G k l * (x k * x k + x l * x l) / 2).
    assert (H0 : forall k l, H k l 0 = G k l).
    { intros. unfold H. rewrite !Rmult_0_l, !Rplus_0_r, sqrt_1. field. }
    assert (Hr : forall k s, 0 <= s -> 0 < 1 + s * (x k * x k)) by (intros k s Hs; pose proof (Rle_0_sqr (x k)); unfold Rsqr in *; nra).
    assert (Hder : is_derive (fun s => gloss (fun k l => H k l s)) 0 (quad K (dual G) x)).
    { replace (quad K (dual G) x) with (inner K (grad0 (fun k l => H k l 0)) H').
      - apply der_gloss. intros k l _ _. unfold H, H'. auto_derive.
        + rewrite !Rmult_0_l, !Rplus_0_r, sqrt_1. repeat split; lra.
        + rewrite !Rmult_0_l, !Rplus_0_r, sqrt_1. field.
      - transitivity (inner K (grad0 G) H').
        { apply sum2_ext. intros k l Hk Hl. unfold grad0, rep. rewrite H0. rewrite (part_ext (fun k l => H k l 0) G) by (intros; apply H0). reflexivity. }
        rewrite inner_grad0 by (intros; unfold H', G; rewrite (gram_sym d v k l); field).
        rewrite quad_dual. unfold H'.
        replace (inner K (grad G) (fun k l => x k * x l - G k l * (x k * x k + x l * x l) / 2)) with
          (quad K (grad G) x - / 2 * (sum2 K (fun k l => grad G k l * G k l * (x k * x k)) + sum2 K (fun k l => grad G k l * G k l * (x l * x l)))).
        2:{ unfold quad, inner. fold (sum2 K (fun k l => grad G k l * (x k * x l))). rewrite <- sum2_plus, <- sum2_scal, <- sum2_minus. apply sum2_ext. intros; field. }
        rewrite (sum2_swap K (fun k l => grad G k l * G k l * (x l * x l))).
        rewrite (sum2_ext K (fun k l => grad G l k * G l k * (x k * x k)) (fun k l => grad G k l * G k l * (x k * x k))).
        2:{ intros. rewrite grad_sym. unfold G. rewrite gram_sym. reflexivity. }
        replace (sum K (fun k => mult G k * (x k * x k))) with (sum2 K (fun k l => grad G k l * G k l * (x k * x k))); [field|].
        apply sum_ext. intros k Hk. unfold mult. rewrite sum_scal_r. reflexivity. }
    apply (slope_at_minimum _ _ Hder). intros s Hs.
    set (rho := fun k => sqrt (1 + s * (x k * x k))).
    assert (Hrho : forall k, 0 < rho k) by (intros k; apply sqrt_lt_R0, Hr; lra).
    set (v' := fun k c => if (c <? d)%nat then v k c / rho k else sqrt s * x k / rho k).
    assert (Gv : forall k l, gram (S d) v' k l = H k l s).
    { intros k l. unfold gram, dot, v'. cbn [sum]. rewrite Nat.ltb_irrefl.
      rewrite (sum_ext d _ (fun c => / rho k * / rho l * (v k c * v l c))).
      2:{ intros c Hc. apply Nat.ltb_lt in Hc. rewrite Hc. pose proof (Hrho k). pose proof (Hrho l). field. lra. }
      rewrite sum_scal. unfold H, G, gram, dot. fold (rho k) (rho l). pose proof (Hrho k). pose proof (Hrho l).
      assert (E : sqrt s * sqrt s = s) by (apply sqrt_sqrt; lra). rewrite <- E at 3. field. lra. }
    rewrite (gloss_ext (fun k l => H k l s) (gram (S d) v')) by (intros; symmetry; apply Gv).
    rewrite (gloss_ext (fun k l => H k l 0) G) by (intros; apply H0). apply Hopt.
    intros k Hk. unfold on_sphere. change (gram (S d) v' k k = 1). rewrite Gv. unfold H.
    replace (G k k) with 1 by (symmetry; apply Hu, Hk). rewrite sqrt_sqrt by (left; apply Hr; lra). field. apply Rgt_not_eq, Hr. lra.
  Qed.

  (* the optimum in every dimension, from unit vectors with a psd dual matrix *)
  Theorem optimum_from d0 v G : unit_vectors K d0 v -> (forall k l, (k < K)%nat -> (l < K)%nat -> gram d0 v k l = G k l) ->
    (forall x, 0 <= quad K (dual G) x) -> optimum_is K d0 gloss G.
  Proof.
    intros Hu HG HS d Hd. pose proof (unit_pad K d0 d v Hd Hu) as Hu'.
    assert (HGp : forall k l, (k < K)%nat -> (l < K)%nat -> gram d (pad d0 v) k l = G k l) by (intros; rewrite gram_pad by exact Hd; apply HG; assumption).
    assert (HS' : forall x, 0 <= quad K (dual (gram d (pad d0 v))) x).
    { intros x. rewrite (quad_ext K _ (dual G)); [apply HS|]. intros; apply dual_ext; assumption. }
    assert (Hopt : optimal K d gloss (pad d0 v)).
    { split; [exact Hu'|]. intros v' Hv'. apply certificate; [exact HS' | apply unit_elliptope; assumption ..]. }
    split; [exists (pad d0 v); exact Hopt|]. intros w [Hw Hwo] k l Hk Hl. rewrite <- HGp by assumption.
    apply unique; [exact HS' | apply unit_elliptope; assumption .. | | exact Hk | exact Hl]. apply Hwo, Hu'.
  Qed.
  (* when a Gram matrix of rank d0 is optimal in a larger dimension *)
  Theorem optimal_iff d0 d u v : (d0 < d)%nat -> unit_vectors K d0 u -> unit_vectors K d v ->
    (forall k l, (k < K)%nat -> (l < K)%nat -> gram d v k l = gram d0 u k l) ->
    (optimal K d gloss v <-> forall x, 0 <= quad K (dual (gram d0 u)) x).
  Proof.
    intros Hd Hu Hv HG. split.
    - intros [_ Ho]. apply (necessity d0 u Hu). intros v' Hv'.
      rewrite <- (gloss_ext (gram d v) (gram d0 u)) by exact HG.
      rewrite <- (gloss_ext (gram d (pad (S d0) v')) (gram (S d0) v')) by (intros; apply gram_pad; lia).
      apply Ho, (unit_pad K (S d0) d); [lia | exact Hv'].
    - intros HS. split; [exact Hv|]. intros v' Hv'. apply certificate; [|apply unit_elliptope; assumption ..].
      intros x. rewrite (quad_ext K _ (dual (gram d0 u))); [apply HS|]. intros; apply dual_ext; assumption.
  Qed.
  Lemma optimum_ext d0 G G' : (forall k l, (k < K)%nat -> (l < K)%nat -> G k l = G' k l) -> optimum_is K d0 gloss G -> optimum_is K d0 gloss G'.
  Proof. intros H HG d Hd. destruct (HG d Hd) as [H1 H2]. split; [exact H1|]. intros v Hv k l Hk Hl. rewrite <- H by assumption. apply H2; assumption. Qed.
End Contrastive.

(* the form of a Laplacian: rows that sum to zero, and nothing positive off the diagonal *)
Lemma laplacian K S : (forall k l, (k < K)%nat -> (l < K)%nat -> S k l = S l k) -> (forall k, (k < K)%nat -> sum K (S k) = 0) ->
  (forall x, quad K S x = - / 2 * sum2 K (fun k l => S k l * ((x k - x l) * (x k - x l)))).
Proof.
  intros Hs Hr x.
  assert (E1 : sum2 K (fun k l => S k l * (x k * x k)) = 0).
  { apply sum_0. intros k Hk. rewrite sum_scal_r, Hr by exact Hk. ring. }
  assert (E2 : sum2 K (fun k l => S k l * (x l * x l)) = 0).
  { rewrite sum2_swap. rewrite <- E1. apply sum2_ext. intros k l Hk Hl. rewrite (Hs l k) by assumption. reflexivity. }
  transitivity (quad K S x - / 2 * (sum2 K (fun k l => S k l * (x k * x k)) + sum2 K (fun k l => S k l * (x l * x l)))); [rewrite E1, E2; ring|].
  unfold quad. fold (sum2 K (fun k l => S k l * (x k * x l))). rewrite <- sum2_plus, <- !sum2_scal, <- sum2_minus. apply sum2_ext. intros; field.
Qed.
