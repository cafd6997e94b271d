(* B18: many equal majorities, and two unequal ones. *)
From Coquelicot Require Import Coquelicot.
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Intervals Spec Statements Logits Vectors Linear Duality Population Shapes Strong Vanishing Roots Antipodal.
From ContrastiveClaims Require B25 B7 B8.
Open Scope R_scope.

Section Side.
  Variables (M : nat) (tau : R).
  Hypotheses (HM : (2 <= M)%nat) (Ht : 0 < tau).
  Let N := INR M.
  Lemma N_2 : 2 <= N. Proof. apply (le_INR 2). exact HM. Qed.
  Lemma rate_pos : 0 < (N - 1) * tau. Proof. pose proof N_2. apply Rmult_lt_0_compat; lra. Qed.
  Lemma phi_pos x : 0 < phi M tau x.
  Proof. unfold phi. fold N. pose proof N_2. apply Rplus_lt_0_compat; [apply exp_pos | apply Rmult_lt_0_compat; [lra | apply exp_pos]]. Qed.
  Lemma side_increasing x z : x < z -> majorities_side M tau x < majorities_side M tau z.
  Proof.
    intros H. unfold majorities_side. pose proof (phi_pos 1) as P1. pose proof N_2 as HN. pose proof rate_pos as Hr.
    assert (A : exp (x / tau) < exp (z / tau)) by (apply exp_increasing; unfold Rdiv; apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat, Ht | exact H]).
    assert (B : exp (- z / ((N - 1) * tau)) < exp (- x / ((N - 1) * tau))) by (apply exp_increasing; unfold Rdiv; apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat, Hr | lra]).
    unfold psi. unfold phi at 1 3. fold N. pose proof (exp_pos (x / tau)). pose proof (exp_pos (- z / ((N - 1) * tau))).
    set (X := exp (x / tau)) in *. set (X' := exp (z / tau)) in *. set (b := exp (- x / ((N - 1) * tau))) in *. set (b' := exp (- z / ((N - 1) * tau))) in *.
    assert (Q1 : 0 < X + (N - 1) * b) by nra. assert (Q2 : 0 < X' + (N - 1) * b') by nra.
    assert (E1 : (X' - b') / (X' + (N - 1) * b') - (X - b) / (X + (N - 1) * b) = N * (X' * b - X * b') / ((X' + (N - 1) * b') * (X + (N - 1) * b))) by (field; lra).
    assert (0 < N * (X' * b - X * b') / ((X' + (N - 1) * b') * (X + (N - 1) * b))) by (apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; nra | apply Rmult_lt_0_compat; assumption]).
    assert ((X - b) / phi M tau 1 < (X' - b') / phi M tau 1) by (apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat, P1 | lra]). lra.
  Qed.
  Lemma side_continuous x : continuous (majorities_side M tau) x.
  Proof.
    apply (ex_derive_continuous (majorities_side M tau)). pose proof (phi_pos x) as Px. pose proof (phi_pos 1) as P1. pose proof rate_pos. pose proof N_2.
    unfold majorities_side, psi. unfold phi at 1. unfold phi in Px. fold N in Px. fold N. set (P := phi M tau 1) in *.
    auto_derive. unfold Rdiv in *. repeat split; lra.
  Qed.
  Lemma side_0 : majorities_side M tau 0 = 0.
  Proof.
    unfold majorities_side, psi. fold N. replace (0 / tau) with 0 by (field; lra). replace (- 0 / ((N - 1) * tau)) with 0 by (field; pose proof N_2; split; lra).
    rewrite exp_0. unfold Rdiv. ring.
  Qed.
  Lemma side_root y : 0 < y -> exists c, 0 < c /\ forall x, majorities_side M tau x = y <-> x = c.
  Proof.
    intros Hy. pose proof (phi_pos 1) as P1. pose proof N_2 as HN. pose proof rate_pos as Hr. set (P := phi M tau 1) in *.
    assert (HT : 1 < 2 + y * P) by (pose proof (Rmult_lt_0_compat _ _ Hy P1); lra). set (b := tau * ln (2 + y * P)).
    assert (Hb : 0 < b) by (apply Rmult_lt_0_compat; [exact Ht | rewrite <- ln_1; apply ln_increasing; lra]).
    destruct (root_of_increasing (majorities_side M tau) 0 b y side_increasing side_continuous Hb) as (c & Hc & E); [|exists c; split; [lra | exact E]].
    assert (HyP : 0 < y * P) by (apply Rmult_lt_0_compat; assumption).
    rewrite side_0. split; [exact Hy|]. unfold majorities_side. fold P.
    assert (Eb : exp (b / tau) = 2 + y * P) by (unfold b; replace (tau * ln (2 + y * P) / tau) with (ln (2 + y * P)) by (field; lra); apply exp_ln; lra).
    assert (B1 : exp (- b / ((N - 1) * tau)) <= 1) by (apply Rle_trans with (exp 0); [|rewrite exp_0; lra]; apply exp_le; unfold Rdiv; pose proof (Rmult_lt_0_compat _ _ Hb (Rinv_0_lt_compat _ Hr)); rewrite <- Ropp_mult_distr_l; lra).
    assert (Hpsi : 1 + y * P <= psi M tau b) by (unfold psi; fold N; rewrite Eb; clearbody b; lra).
    assert (0 <= psi M tau b / phi M tau b) by (apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat, phi_pos]).
    assert (y < psi M tau b / P). { apply (Rmult_lt_reg_r P); [exact P1|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra. } lra.
  Qed.
  Lemma side_1 : let u := exp (N / ((N - 1) * tau)) in majorities_side M tau 1 = (u - N - 1) / (u + N - 1) + 1.
  Proof.
    intros u. pose proof N_2 as HN. unfold majorities_side, psi, phi. fold N. set (b := exp (- (1) / ((N - 1) * tau))).
    assert (Hb : 0 < b) by apply exp_pos. assert (Hu : 0 < u) by apply exp_pos.
    replace (exp (1 / tau)) with (u * b) by (unfold u, b; rewrite <- exp_plus; f_equal; field; split; lra).
    assert (0 < u * b) by (apply Rmult_lt_0_compat; assumption). assert (0 < (N - 1) * b) by (apply Rmult_lt_0_compat; lra). field. split; lra.
  Qed.
  Lemma side_cut r c : majorities_side M tau c = 1 + r -> let u := exp (N / ((N - 1) * tau)) in Rmin c 1 = 1 <-> (u - N - 1) / (u + N - 1) <= r.
  Proof.
    intros E u. pose proof side_1 as E1. cbv zeta in E1. fold u in E1. unfold Rmin. destruct (Rle_dec c 1) as [H|H]; split; intros G; try lra.
    - subst c. lra.
    - destruct H as [H| ->]; [|reflexivity]. apply side_increasing in H. lra.
    - apply Rnot_le_lt, side_increasing in H. lra.
  Qed.

  (* the limit *)
  Variables (p r p0 c : R).
  Hypotheses (Hp : 0 < p) (Hr : 0 < r) (Hp0 : 0 <= p0) (Hc0 : 0 < c) (Hc : majorities_side M tau c = 1 + r).
  Let k := Rmin c 1.
  Let mu (l : nat) : R := / N.
  Let low := - / (N - 1).
  Lemma k_range : 0 < k <= 1.
  Proof. unfold k, Rmin. destruct (Rle_dec c 1); lra. Qed.
  Lemma mu_1 : sum M mu = 1.
  Proof. unfold mu. rewrite sum_const. fold N. field. pose proof N_2. lra. Qed.
  Lemma mu_pos l : 0 < mu l. Proof. apply Rinv_0_lt_compat. pose proof N_2. lra. Qed.
  Lemma majorities_model : block_model M mu (uniform_graph p 0).
  Proof.
    split; [intros; apply mu_pos | split; [apply mu_1 | split]].
    - intros i j _ _. unfold uniform_graph. rewrite (Nat.eqb_sym j i). destruct (i =? j)%nat; split; lra.
    - intros i Hi. exists i. split; [exact Hi|]. unfold uniform_graph. rewrite Nat.eqb_refl. exact Hp.
  Qed.
  Theorem majorities_limit : limit_cosine (S M) M (minority_loss M tau mu (uniform_graph p 0) (one_tie (r * p)) p0) M 0 k.
  Proof.
    pose proof N_2 as HN. pose proof k_range as Hk. destruct (simplex_vectors M HM) as (v & Hu & Hv). fold N low in Hv.
    set (u := pad (M - 1) v). set (h := fun i => if (i <? M - 1)%nat then k * v 0%nat i else sqrt (1 - k * k)).
    assert (Hu' : unit_vectors M M u) by (apply unit_pad; [lia | exact Hu]).
    assert (HG : forall i j, (i < M)%nat -> (j < M)%nat -> gram M u i j = equal_cosines low i j) by (intros; unfold u; rewrite gram_pad by lia; apply Hv; assumption).
    assert (Sum : forall f, sum M f = sum (M - 1) f + f (M - 1)%nat) by (intros f; replace M with (S (M - 1)) at 1 by lia; reflexivity).
    assert (Hh : on_sphere M h).
    { unfold on_sphere, dot. rewrite Sum. unfold h at 3 4. rewrite Nat.ltb_irrefl. rewrite (sum_ext (M - 1) _ (fun i => k * k * (v 0%nat i * v 0%nat i))).
      - rewrite sum_scal. fold (dot (M - 1) (v 0%nat) (v 0%nat)). rewrite (Hu 0%nat ltac:(lia)), sqrt_sqrt by nra. ring.
      - intros i Hi. unfold h. apply Nat.ltb_lt in Hi. rewrite Hi. ring. }
    assert (Hg : forall l, (l < M)%nat -> dot M h (u l) = k * equal_cosines low 0 l).
    { intros l Hl. unfold dot. rewrite Sum. unfold u at 2, pad. rewrite Nat.ltb_irrefl, Rmult_0_r, Rplus_0_r. rewrite <- Hv by lia. unfold gram, dot. rewrite <- sum_scal. apply sum_ext.
      intros i Hi. unfold h, u, pad. apply Nat.ltb_lt in Hi. rewrite Hi. ring. }
    assert (HS : forall x, 0 <= quad M (pop_dual M tau mu (uniform_graph p 0) (gram M u)) x).
    { destruct (B7.B7_proved M tau mu (uniform_graph p 0) HM Ht majorities_model) as [O _]; [reflexivity | intros i j _ _ Hij; unfold uniform_graph; destruct (Nat.eqb_spec i j); [contradiction | reflexivity]|].
      fold N low in O. destruct (O M ltac:(lia)) as [[w Hw] Hall]. pose proof (Hall w Hw) as Gw.
      assert (Hopt : optimal M M (population_loss M tau mu (uniform_graph p 0)) u).
      { split; [exact Hu'|]. intros v' Hv'. eapply Rle_trans; [|apply (proj2 Hw v' Hv')]. right. rewrite !pop_loss_eq. apply gloss_ext. intros i j Hi Hj. rewrite HG, Gw by assumption. reflexivity. }
      rewrite (pop_iff M tau mu (uniform_graph p 0) Ht (fun l _ => mu_pos l) mu_1 (M - 1) M v u) in Hopt by (lia || assumption || (intros; rewrite HG, Hv by assumption; reflexivity)).
      intros x. rewrite (quad_ext M _ (pop_dual M tau mu (uniform_graph p 0) (gram (M - 1) v))); [apply Hopt|].
      intros i j Hi Hj. apply dual_ext; try assumption. intros; rewrite HG, Hv by assumption; reflexivity. }
    set (beta := limit_gradient M M tau mu (uniform_graph p 0) (one_tie (r * p)) u h).
    pose proof (phi_pos k) as Pk. pose proof (phi_pos 1) as P1. pose proof rate_pos as Hrt.
    set (b0 := / (2 * tau) * (exp (k / tau) * (/ phi M tau k + / phi M tau 1) - (1 + r))).
    set (b1 := / (2 * tau) * (exp (- k / ((N - 1) * tau)) * (/ phi M tau k + / phi M tau 1))).
    assert (Eg : forall l, (l < M)%nat -> exp (dot M h (u l) / tau) = if (0 =? l)%nat then exp (k / tau) else exp (- k / ((N - 1) * tau))).
    { intros l Hl. rewrite Hg by exact Hl. unfold equal_cosines, low. destruct (0 =? l)%nat; f_equal; field; [lra | split; lra]. }
    assert (EzL : sum M (fun l => mu l * exp (dot M h (u l) / tau)) = phi M tau k / N).
    { rewrite (sum_ext M _ (fun l => mu l * (if (0 =? l)%nat then exp (k / tau) else exp (- k / ((N - 1) * tau))))) by (intros l Hl; rewrite Eg by exact Hl; reflexivity).
      rewrite (sum_two_values M mu 0 _ _ ltac:(lia) mu_1). unfold phi, mu. fold N. field. lra. }
    assert (Ez : forall l, (l < M)%nat -> partition M tau mu (gram M u) l = phi M tau 1 / N).
    { intros l Hl. transitivity (partition M tau mu (equal_cosines low) l); [unfold partition; apply sum_ext; intros j Hj; rewrite HG by assumption; reflexivity|].
      rewrite partition_equal by (exact Hl || apply mu_1). unfold phi, mu. fold N. replace (1 / tau) with (/ tau) by (unfold Rdiv; ring).
      replace (low / tau) with (- (1) / ((N - 1) * tau)) by (unfold low; field; split; lra). field. lra. }
    assert (Ed : forall l, (l < M)%nat -> degree M mu (uniform_graph p 0) l = p / N).
    { intros l Hl. rewrite degree_uniform by (exact Hl || apply mu_1). unfold mu. field. lra. }
    assert (EdL : sum M (fun l => one_tie (r * p) l * mu l) = r * p / N).
    { rewrite (sum_ext M _ (fun l => mu l * (if (0 =? l)%nat then r * p else 0))) by (intros [|l] _; unfold one_tie; simpl; ring).
      rewrite (sum_two_values M mu 0 _ _ ltac:(lia) mu_1). unfold mu. field. lra. }
    assert (Eb : forall l, (l < M)%nat -> beta l = b1 + (if (0 =? l)%nat then b0 - b1 else 0)).
    { intros l Hl. unfold beta, limit_gradient. rewrite EzL, Ez, Ed, EdL, Eg by exact Hl. unfold mu, b0, b1, one_tie. destruct l as [|l]; simpl.
      - field. repeat split; try lra; nra.
      - field. repeat split; try lra; nra. }
    assert (Diff : b0 - b1 = (majorities_side M tau k - (1 + r)) / (2 * tau)).
    { unfold b0, b1, majorities_side, psi. fold N. field. repeat split; lra. }
    replace k with (dot M h (u 0%nat)) by (rewrite Hg by lia; unfold equal_cosines; simpl; ring).
    apply limit_with_minority; try assumption; try lia.
    - apply majorities_model.
    - intros l _. unfold one_tie. destruct (l =? 0)%nat; nra.
    - exists 0%nat. split; [lia | unfold one_tie; simpl; nra].
    - fold beta.
      assert (K1 : sum M (fun l => beta l * dot M h (u l)) = (b0 - b1) * k).
      { rewrite (sum_ext M _ (fun l => b1 * k * low + (if (0 =? l)%nat then b0 * k - b1 * k * low else 0))).
        - rewrite sum_plus, sum_const, (sum_indicator M 0 (fun _ => _) ltac:(lia)). fold N. unfold low. field. lra.
        - intros l Hl. rewrite Eb, Hg by exact Hl. unfold equal_cosines. destruct (0 =? l)%nat; ring. }
      assert (Sb : sum M beta = N * b1 + (b0 - b1)).
      { rewrite (sum_ext M _ _ Eb), sum_plus, sum_const, (sum_indicator M 0 (fun _ => _) ltac:(lia)). reflexivity. }
      assert (Sb2 : sum M (fun l => beta l * beta l) = N * (b1 * b1) + (b0 * b0 - b1 * b1)).
      { rewrite (sum_ext M _ (fun l => b1 * b1 + (if (0 =? l)%nat then b0 * b0 - b1 * b1 else 0))) by (intros l Hl; rewrite Eb by exact Hl; destruct (0 =? l)%nat; ring).
        rewrite sum_plus, sum_const, (sum_indicator M 0 (fun _ => _) ltac:(lia)). reflexivity. }
      assert (K2 : quad M (gram M u) beta = Rsqr (b0 - b1)).
      { rewrite (quad_ext M _ (equal_cosines low)) by exact HG. unfold quad.
        transitivity (sum2 M (fun i j => low * (beta i * beta j) + if (i =? j)%nat then (1 - low) * (beta i * beta j) else 0)).
        - apply sum2_ext. intros i j _ _. unfold equal_cosines. destruct (i =? j)%nat; ring.
        - rewrite sum2_plus, (sum2_diag M (fun i j => (1 - low) * (beta i * beta j))), sum_scal, Sb2. unfold sum2.
          rewrite (sum_ext M _ (fun i => low * (beta i * sum M beta))) by (intros; rewrite sum_scal, sum_scal; reflexivity).
          rewrite sum_scal, sum_scal_r, Sb. unfold low, Rsqr. field. lra. }
      rewrite K1, K2, sqrt_Rsqr_abs, Diff, <- Hc. destruct (Rle_lt_dec c 1) as [H1|H1].
      + unfold k. rewrite Rmin_left by exact H1. unfold Rdiv. rewrite Rminus_eq_0, !Rmult_0_l, Rabs_R0. lra.
      + unfold k. rewrite Rmin_right by lra. apply side_increasing in H1.
        rewrite Rabs_left; [lra|]. assert (0 < (majorities_side M tau c - majorities_side M tau 1) / (2 * tau)) by (apply Rdiv_lt_0_compat; lra).
        replace ((majorities_side M tau 1 - majorities_side M tau c) / (2 * tau)) with (- ((majorities_side M tau c - majorities_side M tau 1) / (2 * tau))) by (field; lra). lra.
  Qed.
End Side.

Theorem B18_proved : B18_statement.
Proof.
  split; [|split; [|split]].
  - intros M tau r HM Ht Hr. destruct (side_root M tau HM Ht (1 + r) ltac:(lra)) as (c & Hc0 & Hc). exists c.
    assert (E : majorities_side M tau c = 1 + r) by (apply Hc; reflexivity).
    split; [exact Hc0 | split; [exact Hc | split; [apply side_cut; assumption|]]].
    intros p p0 Hp Hp0. apply majorities_limit; assumption.
  - intros M tau HM Ht u. assert (HN : 2 <= INR M) by (apply (le_INR 2); exact HM). set (N := INR M) in *.
    assert (Hu : 0 < u) by apply exp_pos.
    assert (Eu : u = exp (N / (N - 1) / tau)) by (unfold u; f_equal; field; split; lra).
    assert (T : u <= N + 1 <-> N / ((N - 1) * ln (N + 1)) <= tau).
    { rewrite Eu, (B8.temperature_iff (N / (N - 1)) tau (N + 1)) by (lra || (apply Rdiv_lt_0_compat; lra)).
      assert (0 < ln (N + 1)) by (rewrite <- ln_1; apply ln_increasing; lra).
      replace (N / (N - 1) / ln (N + 1)) with (N / ((N - 1) * ln (N + 1))) by (field; split; lra). reflexivity. }
    rewrite <- T. split; intros H.
    + destruct (Rle_lt_dec u (N + 1)) as [|Hlt]; [assumption | exfalso].
      assert (Hpos : 0 < (u - N - 1) / (u + N - 1)) by (apply Rdiv_lt_0_compat; lra). specialize (H ((u - N - 1) / (u + N - 1) / 2) ltac:(lra)). lra.
    + intros r Hr. assert ((u - N - 1) / (u + N - 1) <= 0); [|lra]. apply (Rmult_le_reg_r (u + N - 1)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
  - simpl INR. interval with (i_prec 60).
  - intros w tau r Hw Ht Hr. destruct (unequal_root w tau Hw Ht (1 + r)) as (c & Hc). exists c. split; [exact Hc|].
    assert (E : unequal_side w tau c = 1 + r) by (apply Hc; reflexivity). intros p p0 Hp Hp0.
    assert (D0 : degree 2 (fun l => if (l =? 0)%nat then w else 1 - w) (uniform_graph p 0) 0 = w * p) by (unfold degree, uniform_graph; simpl; ring).
    apply (antipodal_limit w); try reflexivity; try assumption.
    + apply pair_model; lra.
    + unfold one_tie. simpl. nra.
    + unfold uniform_graph at 1. simpl. rewrite Rmult_0_l. unfold B25.pull. pose proof (exp_pos (-2 / tau)).
      assert (0 < w * exp (-2 / tau)) by (apply Rmult_lt_0_compat; lra). assert (0 < (1 - w) * exp (-2 / tau)) by (apply Rmult_lt_0_compat; lra).
      apply Rplus_le_le_0_compat; left; apply Rdiv_lt_0_compat; lra.
    + rewrite E, D0. unfold one_tie. simpl. field. lra.
Qed.
