(* A13: SupCon's optimum on balanced classes is the simplex ETF. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Collapse Etf.
Open Scope R_scope.

Theorem A13_proved : A13_statement.
Proof.
  intros K k n d tau y z Ht HK Hk Hbal Hd. assert (Hkk : 2 <= INR k) by (apply (le_INR 2), Hk).
  assert (Zero : forall v, sample_loss (eps_sup_con 0) n d tau y v = sample_loss sup_con n d tau y v) by (intros v; unfold sample_loss; apply mean_ext; intros; apply eps_sup_con_0).
  assert (Hq : 0 < (INR k - 1) * exp (- 0)) by (apply Rmult_lt_0_compat; [lra | apply exp_pos]). split.
  { destruct (etf_exists _ _ ((INR k - 1) * exp (- 0)) K k n d tau y (supcon_shape 0) Ht HK Hk Hbal Hd Hq (fun Y HY => supcon_at_top 0 tau k Y Hk HY)) as (v & S & M & _).
    exists v. split; [exact S|]. intros z' Hz'. rewrite <- !Zero. apply M, Hz'. }
  intros [Hz Hmin].
  assert (Hm : minimises (eps_sup_con 0) n d tau y z).
  { split; [exact Hz|]. intros z' Hz'. rewrite !Zero. apply Hmin, Hz'. }
  destruct (etf _ _ ((INR k - 1) * exp (- 0)) K k n d tau y (supcon_shape 0) Ht HK Hk Hbal Hd Hq (fun Y HY => supcon_at_top 0 tau k Y Hk HY) z Hm) as (C1 & C2 & _).
  split; [|exact C2]. intros i j Hi Hj E. rewrite squared_distance_sphere by (apply Hz; assumption). rewrite C1 by assumption. ring.
Qed.
