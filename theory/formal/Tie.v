(* The definitions of Spec.v at rational points against the shipped Python functions (values printed by them, in doubles): the two agree
   within 1e-9, by interval arithmetic inside the kernel. One point per definition; a test may generate more of the same form. *)
From Coq Require Import Reals List Arith Lra.
From ContrastiveClaims Require Import Intervals Spec Statements.
Open Scope R_scope.
Import ListNotations.

(* interval knows no Rmax and Rmin: the innermost ones are decided first *)
Ltac plain x := lazymatch x with context [Rmax _ _] => fail | context [Rmin _ _] => fail | _ => idtac end.
Ltac tie :=
  cbv [eps_infonce infonce info_l1o eps_sup_infonce sincere eps_sup_con sup_con sup_con_in margin hinge margin_low margin_high
       margin_low_on_sphere mean total sum_exp LSE largest variance gaussian_kl fair_kl population_loss weighted_loss pair_weight
       partition degree collapse_side collapse_loss collapse_threshold phi psi majorities_side unequal_side clip representation_harm
       map fold_right length sum INR Nat.sub tanh sinh cosh];
  repeat match goal with
    | |- context [Rmax ?a ?b] => plain a; plain b; first [rewrite (Rmax_left a b) by (lra || interval with (i_prec 60)) | rewrite (Rmax_right a b) by (lra || interval with (i_prec 60))]
    | |- context [Rmin ?a ?b] => plain a; plain b; first [rewrite (Rmin_left a b) by (lra || interval with (i_prec 60)) | rewrite (Rmin_right a b) by (lra || interval with (i_prec 60))]
    end;
  interval with (i_prec 60).

Definition negatives_of_the_example : list R := [- (1 / 2); 3 / 4; 1 / 8].
Ltac tie_with := unfold negatives_of_the_example; tie.
(* theory.margins.logits, positives 3/2 and 1/4, eps = 1/4 *)
Example eps_infonce_tied : Rabs (eps_infonce (1 / 4) (3 / 2) negatives_of_the_example - 0.49429507287480523) <= 1e-9.
Proof. tie_with. Qed.
Example info_l1o_tied : Rabs (info_l1o (3 / 2) negatives_of_the_example - -0.15019351599182484) <= 1e-9.
Proof. tie_with. Qed.
Example eps_sup_infonce_tied : Rabs (eps_sup_infonce (1 / 4) [3 / 2; 1 / 4] negatives_of_the_example - 0.9123249852586696) <= 1e-9.
Proof. tie_with. Qed.
Example eps_sup_con_tied : Rabs (eps_sup_con (1 / 4) [3 / 2; 1 / 4] negatives_of_the_example - 1.2469048389479997) <= 1e-9.
Proof. tie_with. Qed.
Example sup_con_in_tied : Rabs (sup_con_in [3 / 2; 1 / 4] negatives_of_the_example - 1.205311149617914) <= 1e-9.
Proof. tie_with. Qed.
(* theory.margins.bounds: hinge, margin_interval *)
Example hinge_tied : Rabs (hinge (1 / 4) (1 / 2) negatives_of_the_example - 0.5) <= 1e-9.
Proof. tie_with. Qed.
Example margin_low_tied : Rabs (margin_low (1 / 4) (1 / 2) - 0.13935346504035395) <= 1e-9.
Proof. tie. Qed.
Example margin_high_tied : Rabs (margin_high (1 / 4) (1 / 2) 3 - 1.2379657537084636) <= 1e-9.
Proof. tie. Qed.
Example margin_low_on_sphere_tied : Rabs (margin_low_on_sphere (1 / 4) 1 (3 / 4) 3 - -0.06534632015636421) <= 1e-9.
Proof. tie. Qed.
(* theory.margins.debiasing.gaussian_kl *)
Example gaussian_kl_tied : Rabs (gaussian_kl 1 (1 / 2) (5 / 4) (3 / 4) - 0.07773255405408216) <= 1e-9.
Proof. tie. Qed.
(* theory.blockmodel: the population loss of a model of three blocks at a Gram matrix, tau = 1 and 1/2 *)
Definition shares (k : nat) : R := match k with 0%nat => 1 / 5 | _ => 2 / 5 end.
Definition connectivity (k l : nat) : R :=
  match k, l with 0%nat, 1%nat | 1%nat, 0%nat => 2 / 5 | 0%nat, 0%nat | 1%nat, 1%nat | 2%nat, 2%nat => 19 / 20 | _, _ => 0 end.
Definition cosines (k l : nat) : R :=
  match k, l with 0%nat, 1%nat | 1%nat, 0%nat => 1 / 2 | 0%nat, 2%nat | 2%nat, 0%nat => - (3 / 4) | 1%nat, 2%nat | 2%nat, 1%nat => - (7 / 8) | _, _ => 1 end.
Example population_loss_tied : Rabs (population_loss 3 1 shares connectivity cosines - -0.5498040895599133) <= 1e-9.
Proof. unfold shares, connectivity, cosines. tie. Qed.
Example population_loss_tied_half : Rabs (population_loss 3 (1 / 2) shares connectivity cosines - -0.6862343316050861) <= 1e-9.
Proof. unfold shares, connectivity, cosines. tie. Qed.
(* B5's left side is 1 + alpha/p at vanishing_minority_cosine(8/19, 1); collapse_threshold(1); B18's sides *)
Example collapse_side_tied : Rabs (collapse_side 1 0.927919259225263 - (1 + 8 / 19)) <= 1e-9.
Proof. tie. Qed.
Example collapse_threshold_tied : Rabs (collapse_threshold 1 - 0.5231883119115297) <= 1e-9.
Proof. tie. Qed.
Example majorities_threshold_tied : Rabs (majorities_side 3 (1 / 2) 1 - 1 - 0.7283289955382256) <= 1e-9.
Proof. tie. Qed.
Example unequal_side_tied : Rabs (unequal_side (1 / 4) 1 (1 / 2) - 0.16862050949278193) <= 1e-9.
Proof. tie. Qed.
(* B6's cosine: uniform_connection_cosine(3, 3/4, 1) *)
Example uniform_cosine_tied : Rabs (clip (- / (INR 3 - 1)) 1 (1 + 1 * ln (3 / 4 / 1)) - 0.7123179275482191) <= 1e-9.
Proof. tie. Qed.
