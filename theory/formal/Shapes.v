(* Two shapes of optimum: all vectors on one line (u_k u_l), and equal cosines. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors Linear Duality Population.
Open Scope R_scope.

Section Shapes.
  Variables (K : nat) (tau : R) (omega : nat -> R) (A W : nat -> nat -> R).
  Hypotheses (HK : (0 < K)%nat) (Ht : 0 < tau) (Hom : forall k, (k < K)%nat -> 0 < omega k)
    (HA : forall k l, (k < K)%nat -> (l < K)%nat -> 0 < A k l).
  Notation loss := (gloss K tau omega A W).
  Notation D := (grad K tau omega A W).
  Notation S := (dual K tau omega A W).

  (* on a line, x S x = -1/2 sum D_kl u_k u_l (y_k - y_l)^2 with y = u x *)
  Lemma line_form G (u : nat -> R) x : (forall k, (k < K)%nat -> u k * u k = 1) ->
    (forall k l, (k < K)%nat -> (l < K)%nat -> G k l = u k * u l) ->
    quad K (S G) x = - / 2 * sum2 K (fun k l => D G k l * (u k * u l) * ((u k * x k - u l * x l) * (u k * x k - u l * x l))).
  Proof.
    intros Hu HG. rewrite quad_dual. unfold mult.
    replace (sum K (fun k => sum K (fun l => D G k l * G k l) * (x k * x k))) with (sum2 K (fun k l => D G k l * G k l * (x k * x k))).
    2:{ apply sum_ext. intros k Hk. apply sum_scal_r. }
    transitivity (quad K (D G) x - / 2 * (sum2 K (fun k l => D G k l * G k l * (x k * x k)) + sum2 K (fun k l => D G k l * G k l * (x l * x l)))).
    - rewrite (sum2_swap K (fun k l => D G k l * G k l * (x l * x l))).
      rewrite (sum2_ext K (fun k l => D G l k * G l k * (x k * x k)) (fun k l => D G k l * G k l * (x k * x k))); [field|].
      intros k l Hk Hl. rewrite grad_sym, !HG by assumption. ring.
    - unfold quad. fold (sum2 K (fun k l => D G k l * (x k * x l))). rewrite <- sum2_plus, <- !sum2_scal, <- sum2_minus. apply sum2_ext.
      intros k l Hk Hl. rewrite HG by assumption.
      pose proof (Hu k Hk) as Ek. pose proof (Hu l Hl) as El. set (a := u k) in *. set (b := u l) in *.
      assert (E : a * b * ((a * x k - b * x l) * (a * x k - b * x l)) = a * b * (x k * x k + x l * x l) - 2 * (x k * x l)).
      { transitivity (a * b * ((a * a) * (x k * x k) + (b * b) * (x l * x l)) - 2 * (a * a) * (b * b) * (x k * x l)); [ring|].
        rewrite Ek, El. ring. }
      rewrite !(Rmult_assoc (D G k l) (a * b)), E. field.
  Qed.
  Definition line (u : nat -> R) (k : nat) : vector := fun _ => u k.
  Lemma line_gram u k l : gram 1 (line u) k l = u k * u l.
  Proof. unfold gram, dot, line. simpl. ring. Qed.
  Lemma line_unit u : (forall k, (k < K)%nat -> u k * u k = 1) -> unit_vectors K 1 (line u).
  Proof. intros H k Hk. change (gram 1 (line u) k k = 1). rewrite line_gram. apply H, Hk. Qed.

  (* the simplex: constant gradient off the diagonal, not negative, makes S = delta J *)
  Lemma simplex_form delta diag x : (2 <= K)%nat -> 0 <= delta ->
    let G := equal_cosines (- / (INR K - 1)) in
    (forall k l, (k < K)%nat -> (l < K)%nat -> D G k l = if (k =? l)%nat then diag else delta) -> 0 <= quad K (S G) x.
  Proof.
    intros H2 Hd G HD. assert (HN : 2 <= INR K) by (apply (le_INR 2); exact H2).
    assert (HS : forall k l, (k < K)%nat -> (l < K)%nat -> S G k l = delta).
    { intros k l Hk Hl. unfold dual. rewrite HD by assumption. destruct (Nat.eqb_spec k l) as [_|_]; [|ring].
      unfold mult. rewrite (sum_ext K _ (fun m => - delta / (INR K - 1) + if (k =? m)%nat then diag + delta / (INR K - 1) else 0)).
      - rewrite sum_plus, sum_const, (sum_indicator K k (fun _ => _) Hk). field. lra.
      - intros m Hm. rewrite HD by assumption. unfold G, equal_cosines. destruct (k =? m)%nat; field; lra. }
    rewrite (quad_ext K _ (fun _ _ => delta)) by exact HS. unfold quad.
    rewrite (sum_ext K _ (fun k => delta * (x k * sum K x))).
    - rewrite sum_scal, sum_scal_r. apply Rmult_le_pos; [exact Hd | apply Rle_0_sqr].
    - intros k Hk. rewrite sum_scal. f_equal. apply sum_scal.
  Qed.
End Shapes.

Lemma optimum_weaken K d0 d1 f G : (d0 <= d1)%nat -> optimum_is K d0 f G -> optimum_is K d1 f G.
Proof. intros H HG d Hd. apply HG. lia. Qed.
Lemma simplex_vectors K : (2 <= K)%nat -> exists v, unit_vectors K (K - 1) v /\
  forall k l, (k < K)%nat -> (l < K)%nat -> gram (K - 1) v k l = equal_cosines (- / (INR K - 1)) k l.
Proof.
  intros H2. destruct (simplex (K - 2)) as (v & Hu & Hv). replace (K - 2 + 2)%nat with K in * by lia. replace (K - 2 + 1)%nat with (K - 1)%nat in * by lia.
  exists v. split; [exact Hu|]. intros k l Hk Hl. unfold equal_cosines. destruct (Nat.eqb_spec k l) as [->|Hne]; [apply Hu, Hl|].
  rewrite Hv by assumption. rewrite minus_INR by lia. reflexivity.
Qed.
Lemma equal_psd K x : (2 <= K)%nat -> - / (INR K - 1) <= x <= 1 -> psd K (equal_cosines x).
Proof.
  intros H2 Hx. assert (HN : 2 <= INR K) by (apply (le_INR 2); exact H2). split.
  - intros k l _ _. unfold equal_cosines. rewrite Nat.eqb_sym. reflexivity.
  - intros y. set (q := sum K (fun k => y k * y k)). set (t := sum K y).
    replace (sum K (fun k => sum K (fun l => equal_cosines x k l * (y k * y l)))) with (x * (t * t) + (1 - x) * q).
    + pose proof (cauchy_schwarz K y) as C. fold q t in C. assert (0 <= q) by (apply sum_nonneg; intros; apply Rle_0_sqr).
      assert (0 <= t * t) by apply Rle_0_sqr.
      assert (Hm : -1 <= x * (INR K - 1)). { destruct Hx as [Hx' _]. apply (Rmult_le_compat_r (INR K - 1)) in Hx'; [|lra]. rewrite <- Ropp_mult_distr_l, Rinv_l in Hx' by lra. exact Hx'. }
      destruct (Rle_lt_dec 0 x); [apply Rplus_le_le_0_compat; apply Rmult_le_pos; lra|]. nra.
    + unfold q. rewrite <- (sum_scal K (1 - x)). rewrite <- (sum2_diag K (fun k l => (1 - x) * (y k * y l))).
      transitivity (sum2 K (fun k l => x * (y k * y l) + if (k =? l)%nat then (1 - x) * (y k * y l) else 0)).
      * rewrite sum2_plus. f_equal. unfold sum2. rewrite (sum_ext K _ (fun k => x * (y k * t))) by (intros; rewrite sum_scal, sum_scal; reflexivity).
        rewrite sum_scal, sum_scal_r. reflexivity.
      * apply sum2_ext. intros k l _ _. unfold equal_cosines. destruct (k =? l)%nat; ring.
Qed.
(* sum_l pi_l f_kl for f constant off the diagonal *)
Lemma sum_two_values K pi k (a b : R) : (k < K)%nat -> sum K pi = 1 ->
  sum K (fun l => pi l * if (k =? l)%nat then a else b) = pi k * a + (1 - pi k) * b.
Proof.
  intros Hk H1. rewrite (sum_ext K _ (fun l => pi l * b + if (k =? l)%nat then pi l * (a - b) else 0)).
  - rewrite sum_plus, sum_scal_r, H1, (sum_indicator K k (fun l => pi l * (a - b)) Hk). ring.
  - intros l _. destruct (k =? l)%nat; ring.
Qed.
Lemma partition_equal K tau pi c k : (k < K)%nat -> sum K pi = 1 -> 
  partition K tau pi (equal_cosines c) k = pi k * exp (/ tau) + (1 - pi k) * exp (c / tau).
Proof.
  intros Hk H1. unfold partition. rewrite <- (sum_two_values K pi k (exp (/ tau)) (exp (c / tau)) Hk H1). apply sum_ext. intros l _.
  unfold equal_cosines. destruct (k =? l)%nat; [|reflexivity]. do 2 f_equal. unfold Rdiv. ring.
Qed.
Lemma degree_uniform K pi p alpha k : (k < K)%nat -> sum K pi = 1 -> degree K pi (uniform_graph p alpha) k = pi k * p + (1 - pi k) * alpha.
Proof.
  intros Hk H1. unfold degree. rewrite <- (sum_two_values K pi k p alpha Hk H1). apply sum_ext. intros l _. unfold uniform_graph.
  destruct (k =? l)%nat; ring.
Qed.
Lemma share_le_1 K pi k : (forall k, (k < K)%nat -> 0 < pi k) -> sum K pi = 1 -> (k < K)%nat -> pi k <= 1.
Proof.
  intros Hp H1 Hk. rewrite <- H1, <- (sum_indicator K k pi Hk). apply sum_le. intros i Hi. pose proof (Hp i Hi). destruct (k =? i)%nat; lra.
Qed.
