(* B25: two blocks, any shares and connections. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Shapes.
Open Scope R_scope.

(* the pull y/(s + t y) + y/(s y + t) rises in y *)
Definition pull (s t y : R) : R := y / (s + t * y) + y / (s * y + t).
Lemma pull_increasing s t x y : 0 < s -> 0 < t -> 0 < x -> x < y -> pull s t x < pull s t y.
Proof.
  intros Hs Ht Hx Hxy. unfold pull. pose proof (Rmult_lt_0_compat s x Hs Hx). pose proof (Rmult_lt_0_compat t x Ht Hx).
  assert (Hy : 0 < y) by lra. pose proof (Rmult_lt_0_compat s y Hs Hy). pose proof (Rmult_lt_0_compat t y Ht Hy).
  assert (E1 : y / (s + t * y) - x / (s + t * x) = s * (y - x) * (/ (s + t * x) * / (s + t * y))) by (field; lra).
  assert (E2 : y / (s * y + t) - x / (s * x + t) = t * (y - x) * (/ (s * x + t) * / (s * y + t))) by (field; lra).
  assert (0 < s * (y - x) * (/ (s + t * x) * / (s + t * y))) by (repeat apply Rmult_lt_0_compat; try apply Rinv_0_lt_compat; lra).
  assert (0 < t * (y - x) * (/ (s * x + t) * / (s * y + t))) by (repeat apply Rmult_lt_0_compat; try apply Rinv_0_lt_compat; lra). lra.
Qed.
Lemma pull_quadratic s t A y : s + t = 1 -> 0 < s -> 0 < t -> 0 < y ->
  ((1 - A * (s * t)) * y ^ 2 + (1 - A * (1 - 2 * (s * t))) * y - A * (s * t) = 0 <-> pull s t y = A).
Proof.
  intros H1 Hs Ht Hy. pose proof (Rmult_lt_0_compat s y Hs Hy). pose proof (Rmult_lt_0_compat t y Ht Hy).
  assert (E : (1 - A * (s * t)) * y ^ 2 + (1 - A * (1 - 2 * (s * t))) * y - A * (s * t) = (pull s t y - A) * ((s + t * y) * (s * y + t))).
  { replace t with (1 - s) in * by lra. unfold pull. field. lra. }
  rewrite E. assert (0 < (s + t * y) * (s * y + t)) by (apply Rmult_lt_0_compat; lra). split; intros HH; [|rewrite HH; ring].
  apply Rmult_integral in HH. destruct HH; lra.
Qed.

Section TwoBlocks.
  Variables (pi : nat -> R) (alpha : nat -> nat -> R).
  Hypothesis Hm : block_model 2 pi alpha.
  Let Hp := proj1 Hm.
  Let H1 := proj1 (proj2 Hm).
  Let s := pi 0%nat.
  Let t := pi 1%nat.
  Let a := alpha 0%nat 1%nat.
  Let d0 := degree 2 pi alpha 0.
  Let d1 := degree 2 pi alpha 1.
  Let A := a * (1 / d0 + 1 / d1).

  Lemma s_pos : 0 < s. Proof. apply Hp; lia. Qed.
  Lemma t_pos : 0 < t. Proof. apply Hp; lia. Qed.
  Lemma st_1 : s + t = 1. Proof. pose proof H1 as E. cbn [sum] in E. fold s t in E. lra. Qed.
  Lemma a_nonneg : 0 <= a. Proof. apply Hm; lia. Qed.
  Lemma a_sym : alpha 1%nat 0%nat = a. Proof. apply Hm; lia. Qed.
  Lemma d0_pos : 0 < d0. Proof. apply (model_degree 2 pi alpha 0 Hm). lia. Qed.
  Lemma d1_pos : 0 < d1. Proof. apply (model_degree 2 pi alpha 1 Hm). lia. Qed.
  Lemma d0_eq : d0 = alpha 0%nat 0%nat * s + a * t. Proof. unfold d0, degree. cbn [sum]. fold a s t. ring. Qed.
  Lemma d1_eq : d1 = a * s + alpha 1%nat 1%nat * t. Proof. unfold d1, degree. cbn [sum]. rewrite a_sym. fold s t. ring. Qed.

  Section Temperature.
  Variable tau : R.
  Hypothesis Ht : 0 < tau.
  Notation f := (population_loss 2 tau pi alpha).
  (* 2 tau D_01 / (pi_0 pi_1) = pull(e^((g-1)/tau)) - A *)
  Lemma gradient_two g : pop_grad 2 tau pi alpha (equal_cosines g) 0 1 = s * t / (2 * tau) * (pull s t (exp ((g - 1) / tau)) - A).
  Proof.
    pose proof s_pos. pose proof t_pos. pose proof d0_pos as D0. pose proof d1_pos as D1.
    rewrite pop_grad_formula; try assumption; try lia; try reflexivity; [|apply a_sym].
    rewrite !partition_equal by (assumption || lia). fold s t a d0 d1. change (equal_cosines g 0 1) with g.
    replace (g / tau) with ((g - 1) / tau + / tau) by (field; lra). rewrite exp_plus. set (y := exp ((g - 1) / tau)). set (E := exp (/ tau)).
    assert (Hy : 0 < y) by apply exp_pos. assert (HE : 0 < E) by apply exp_pos.
    pose proof st_1 as S1. replace (1 - s) with t by lra. replace (1 - t) with s by lra.
    pose proof (Rmult_lt_0_compat s y H Hy). pose proof (Rmult_lt_0_compat t y H0 Hy).
    pose proof (Rmult_lt_0_compat _ _ H HE). pose proof (Rmult_lt_0_compat _ _ H0 HE). pose proof (Rmult_lt_0_compat _ _ H2 HE). pose proof (Rmult_lt_0_compat _ _ H3 HE).
    unfold pull, A. clearbody y E a d0 d1. clear Hp H1. field. repeat split; lra.
  Qed.
  (* x S x = D_01 (2 x_0 x_1 - g (x_0^2 + x_1^2)) *)
  Lemma form_two g x : quad 2 (pop_dual 2 tau pi alpha (equal_cosines g)) x =
    pop_grad 2 tau pi alpha (equal_cosines g) 0 1 * (2 * (x 0%nat * x 1%nat) - g * (x 0%nat * x 0%nat + x 1%nat * x 1%nat)).
  Proof.
    unfold pop_dual. rewrite quad_dual. fold (pop_grad 2 tau pi alpha). unfold mult. fold (pop_grad 2 tau pi alpha).
    assert (Sy : pop_grad 2 tau pi alpha (equal_cosines g) 1 0 = pop_grad 2 tau pi alpha (equal_cosines g) 0 1) by apply grad_sym.
    unfold quad. cbn [sum]. rewrite Sy. change (equal_cosines g 0 0) with 1. change (equal_cosines g 0 1) with g. change (equal_cosines g 1 0) with g. change (equal_cosines g 1 1) with 1. ring.
  Qed.
  Lemma pull_1 : pull s t 1 = 2.
  Proof. pose proof s_pos. pose proof t_pos. pose proof st_1 as S1. unfold pull. rewrite !Rmult_1_r. rewrite S1. field. Qed.
  Lemma c_pos : 0 < s * t / (2 * tau).
  Proof. apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; [apply s_pos | apply t_pos] | lra]. Qed.
  Lemma grad_1 : pop_grad 2 tau pi alpha (equal_cosines 1) 0 1 = s * t / (2 * tau) * (2 - A).
  Proof. rewrite gradient_two. replace ((1 - 1) / tau) with 0 by (field; lra). rewrite exp_0, pull_1. reflexivity. Qed.

  Lemma equal_line g : g * g = 1 -> forall k l, (k < 2)%nat -> (l < 2)%nat -> gram 1 (line (fun k => if (k =? 0)%nat then 1 else g)) k l = equal_cosines g k l.
  Proof. intros Hg k l Hk Hl. rewrite line_gram. destruct k as [|[|k]], l as [|[|l]]; try lia; unfold equal_cosines; simpl; lra. Qed.
  Lemma equal_line_unit g : g * g = 1 -> unit_vectors 2 1 (line (fun k => if (k =? 0)%nat then 1 else g)).
  Proof. intros Hg. apply line_unit. intros [|[|k]] Hk; simpl; lra || lia. Qed.

  Lemma merged_psd : (forall x, 0 <= quad 2 (pop_dual 2 tau pi alpha (equal_cosines 1)) x) <-> 2 <= A.
  Proof.
    pose proof c_pos as C. split.
    - intros H. specialize (H (fun k => if (k =? 0)%nat then 1 else 0)). rewrite form_two, grad_1 in H. simpl in H. nra.
    - intros H x. rewrite form_two, grad_1. pose proof (Rle_0_sqr (x 0%nat - x 1%nat)) as Sq. unfold Rsqr in Sq.
      replace (s * t / (2 * tau) * (2 - A) * (2 * (x 0%nat * x 1%nat) - 1 * (x 0%nat * x 0%nat + x 1%nat * x 1%nat)))
        with (s * t / (2 * tau) * ((A - 2) * ((x 0%nat - x 1%nat) * (x 0%nat - x 1%nat)))) by ring.
      apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra].
  Qed.
  Lemma opposite_psd : A <= pull s t (exp (-2 / tau)) -> forall x, 0 <= quad 2 (pop_dual 2 tau pi alpha (equal_cosines (-1))) x.
  Proof.
    intros H x. pose proof c_pos as C. rewrite form_two, gradient_two. replace (-1 - 1) with (-2) by ring.
    pose proof (Rle_0_sqr (x 0%nat + x 1%nat)) as Sq. unfold Rsqr in Sq.
    replace (s * t / (2 * tau) * (pull s t (exp (-2 / tau)) - A) * (2 * (x 0%nat * x 1%nat) - -1 * (x 0%nat * x 0%nat + x 1%nat * x 1%nat)))
      with (s * t / (2 * tau) * ((pull s t (exp (-2 / tau)) - A) * ((x 0%nat + x 1%nat) * (x 0%nat + x 1%nat)))) by ring.
    apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra].
  Qed.
  Lemma at_line g : g * g = 1 -> (forall x, 0 <= quad 2 (pop_dual 2 tau pi alpha (equal_cosines g)) x) -> optimum_is 2 1 f (equal_cosines g).
  Proof. intros Hg H. apply (pop_optimum 2 tau pi alpha Ht Hp H1 1 _ _ (equal_line_unit g Hg) (equal_line g Hg) H). Qed.
  Lemma merge_iff d v : (2 <= d)%nat -> unit_vectors 2 d v -> gram d v 0 1 = 1 -> (optimal 2 d f v <-> 2 <= A).
  Proof.
    intros Hd Hu Hv. rewrite <- merged_psd.
    rewrite (pop_iff 2 tau pi alpha Ht Hp H1 1 d _ v ltac:(lia) (equal_line_unit 1 ltac:(ring)) Hu).
    2:{ intros k l Hk Hl. rewrite equal_line by (lra || assumption).
        destruct k as [|[|k]], l as [|[|l]]; try lia; unfold equal_cosines; simpl; [apply Hu; lia | exact Hv | rewrite gram_sym; exact Hv | apply Hu; lia]. }
    split; intros H x; specialize (H x); (erewrite quad_ext; [exact H|]); intros k l Hk Hl; apply dual_ext; intros; try assumption; rewrite equal_line by (lra || assumption); reflexivity.
  Qed.
  Lemma at_root y : 0 < y -> pull s t y = A -> optimum_is 2 2 f (equal_cosines (clip (-1) 1 (1 + tau * ln y))).
  Proof.
    intros Hy HA. pose proof s_pos as Hs. pose proof t_pos as Hts. unfold clip. destruct (Rle_lt_dec (-1) (1 + tau * ln y)) as [Hl|Hl].
    - rewrite (Rmax_right (-1)) by exact Hl. destruct (Rle_lt_dec (1 + tau * ln y) 1) as [Hr|Hr].
      + rewrite Rmin_right by exact Hr. set (g := 1 + tau * ln y) in *.
        destruct (elliptope_unit 2 (equal_cosines g)) as (v & Hu & Hv).
        { split; [apply equal_psd; [lia | simpl; lra]|]. intros k _. unfold equal_cosines. rewrite Nat.eqb_refl. reflexivity. }
        apply (pop_optimum 2 tau pi alpha Ht Hp H1 2 v _ Hu Hv). intros x. rewrite form_two, gradient_two.
        replace ((g - 1) / tau) with (ln y) by (unfold g; field; lra). rewrite exp_ln, HA by exact Hy. right. ring.
      + rewrite Rmin_left by lra. apply (optimum_weaken 2 1); [lia|]. apply at_line; [ring|]. apply merged_psd.
        destruct (Rle_lt_dec y 1) as [Hy1|Hy1]; [exfalso; pose proof (ln_le y 1 Hy Hy1); rewrite ln_1 in *; nra|].
        rewrite <- HA, <- pull_1. left. apply pull_increasing; lra.
    - rewrite Rmax_left by lra. rewrite Rmin_right by lra. apply (optimum_weaken 2 1); [lia|]. apply at_line; [ring|]. apply opposite_psd.
      rewrite <- HA. left. apply pull_increasing; try assumption. rewrite <- (exp_ln y Hy) at 1. apply exp_increasing.
      apply (Rmult_lt_reg_l tau); [exact Ht|]. replace (tau * (-2 / tau)) with (-2) by (field; lra). lra.
  Qed.
  End Temperature.

  Lemma leading_pos : 0 < a -> 0 < alpha 0%nat 0%nat + alpha 1%nat 1%nat -> 0 < 1 - A * (s * t).
  Proof.
    intros Ha Hpp. pose proof s_pos. pose proof t_pos. pose proof d0_pos as D0. pose proof d1_pos as D1. pose proof st_1 as S1.
    assert (P0 : 0 <= alpha 0%nat 0%nat) by (apply Hm; lia). assert (P1 : 0 <= alpha 1%nat 1%nat) by (apply Hm; lia).
    assert (E : (1 - A * (s * t)) * (d0 * d1) = d0 * d1 - a * (s * t) * (d0 + d1)) by (unfold A; clearbody d0 d1; field; lra).
    apply (Rmult_lt_reg_r (d0 * d1)); [apply Rmult_lt_0_compat; assumption|]. rewrite Rmult_0_l, E, d0_eq, d1_eq.
    set (p := alpha 0%nat 0%nat) in *. set (q := alpha 1%nat 1%nat) in *.
    replace ((p * s + a * t) * (a * s + q * t) - a * (s * t) * (p * s + a * t + (a * s + q * t)))
      with (p * q * (s * t) + a * p * (s * s) * (1 - t) + a * q * (t * t) * (1 - s) + a * a * (s * t) * (1 - (s + t))) by ring.
    rewrite S1. replace (1 - t) with s by lra. replace (1 - s) with t by lra.
    assert (0 <= p * q * (s * t)) by (repeat apply Rmult_le_pos; lra).
    destruct (Rle_lt_dec p 0).
    - assert (0 < a * q * (t * t) * t) by (repeat apply Rmult_lt_0_compat; lra). assert (0 <= a * p * (s * s) * s) by (repeat apply Rmult_le_pos; lra). lra.
    - assert (0 < a * p * (s * s) * s) by (repeat apply Rmult_lt_0_compat; lra). assert (0 <= a * q * (t * t) * t) by (repeat apply Rmult_le_pos; lra). lra.
  Qed.
  Lemma root : 0 < a -> 0 < alpha 0%nat 0%nat + alpha 1%nat 1%nat -> exists y, 0 < y /\ pull s t y = A.
  Proof.
    intros Ha Hpp. pose proof (leading_pos Ha Hpp) as HL. set (q := 1 - A * (s * t)) in *. set (b := 1 - A * (1 - 2 * (s * t))).
    pose proof s_pos as Hs. pose proof t_pos as Hts. pose proof d0_pos. pose proof d1_pos.
    assert (Hc : 0 < A * (s * t)).
    { apply Rmult_lt_0_compat; [|apply Rmult_lt_0_compat; assumption]. unfold A. apply Rmult_lt_0_compat; [exact Ha|].
      apply Rplus_lt_0_compat; apply Rdiv_lt_0_compat; lra. }
    set (c := A * (s * t)) in *. set (r := sqrt (b * b + 4 * q * c)).
    assert (Hqc : 0 < q * c) by (apply Rmult_lt_0_compat; assumption).
    assert (Hrr : r * r = b * b + 4 * q * c). { apply sqrt_sqrt. pose proof (Rle_0_sqr b) as Sq. unfold Rsqr in Sq. lra. }
    assert (Hr0 : 0 <= r) by apply sqrt_pos. assert (Hrb : b < r) by nra.
    exists ((r - b) / (2 * q)). assert (Hy : 0 < (r - b) / (2 * q)) by (apply Rdiv_lt_0_compat; lra). split; [exact Hy|].
    apply (pull_quadratic s t A _ st_1 Hs Hts Hy).
    assert (Q : q * ((r - b) / (2 * q)) ^ 2 + b * ((r - b) / (2 * q)) - c = (r * r - b * b - 4 * q * c) / (4 * q)) by (field; lra).
    rewrite Hrr in Q. replace ((b * b + 4 * q * c - b * b - 4 * q * c) / (4 * q)) with 0 in Q by (field; lra). exact Q.
  Qed.
End TwoBlocks.

Theorem B25_proved : B25_statement.
Proof.
  intros pi alpha Hm A m. pose proof (s_pos pi alpha Hm) as Hs. pose proof (t_pos pi alpha Hm) as Ht. pose proof (st_1 pi alpha Hm) as S1.
  split; [|split; [|split]].
  - intros tau d v Htau Hd Hu Hv. apply merge_iff; assumption.
  - intros Ha Hpp. destruct (root pi alpha Hm Ha Hpp) as (y & Hy & HA). exists y. split; [exact Hy|]. split.
    + intros y' Hy'. unfold m. rewrite (pull_quadratic _ _ A y' S1 Hs Ht Hy'). split; [|intros ->; exact HA].
      intros E. fold A in HA. destruct (Rtotal_order y' y) as [H|[H|H]];
        [pose proof (pull_increasing _ _ _ _ Hs Ht Hy' H); lra | exact H | pose proof (pull_increasing _ _ _ _ Hs Ht Hy H); lra].
    + intros tau Htau. apply at_root; assumption.
  - intros Hpp tau Htau. apply (at_line pi alpha Hm tau Htau); [ring|]. apply merged_psd; try assumption.
    assert (P0 : 0 <= alpha 0%nat 0%nat) by (apply Hm; lia). assert (P1 : 0 <= alpha 1%nat 1%nat) by (apply Hm; lia).
    pose proof (d0_pos pi alpha Hm) as D0. pose proof (d1_pos pi alpha Hm) as D1. rewrite d0_eq in * by assumption. rewrite d1_eq in * by assumption.
    replace (alpha 0%nat 0%nat) with 0 in * by lra. replace (alpha 1%nat 1%nat) with 0 in * by lra.
    set (a := alpha 0%nat 1%nat) in *. set (s := pi 0%nat) in *. set (t := pi 1%nat) in *. assert (Ha : 0 < a) by nra.
    replace (a * (1 / (0 * s + a * t) + 1 / (a * s + 0 * t))) with (1 / t + 1 / s) by (field; repeat split; lra).
    assert (1 <= / t) by (rewrite <- Rinv_1; apply Rinv_le_contravar; lra). assert (1 <= / s) by (rewrite <- Rinv_1; apply Rinv_le_contravar; lra). lra.
  - intros Ha tau Htau. apply (at_line pi alpha Hm tau Htau); [ring|]. apply opposite_psd; try assumption. rewrite Ha, Rmult_0_l. unfold pull.
    pose proof (exp_pos (-2 / tau)) as Hy. set (y := exp (-2 / tau)) in *. set (s := pi 0%nat) in *. set (t := pi 1%nat) in *.
    pose proof (Rmult_lt_0_compat _ _ Hs Hy). pose proof (Rmult_lt_0_compat _ _ Ht Hy).
    apply Rplus_le_le_0_compat; left; apply Rdiv_lt_0_compat; lra.
Qed.
