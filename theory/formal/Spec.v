(* What the theorems speak about: definitions alone, no lemma. Paper A: Barbano et al., ICLR 2023. Paper B: Maity et al., ICLR 2024.
   Lists hold logits; vectors are functions from coordinates; matrices are functions of two indices, of which the first K count. *)
From Coq Require Import Reals List Arith Bool.
Open Scope R_scope.
Import ListNotations.

(* ---- Sums, means, log-sum-exp ---- *)

(* sum n f = f 0 + ... + f (n-1) *)
Fixpoint sum (n : nat) (f : nat -> R) : R := match n with O => 0 | S m => sum m f + f m end.
(* sum of a list, and its mean *)
Definition total (l : list R) : R := fold_right Rplus 0 l.
Definition mean (l : list R) : R := total l / INR (length l).
(* sum_j e^s_j, and LSE = log of it *)
Definition sum_exp (l : list R) : R := fold_right (fun s rest => exp s + rest) 0 l.
Definition LSE (l : list R) : R := ln (sum_exp l).
(* largest entry (of a list that is not empty) *)
Definition largest (l : list R) : R := match l with [] => 0 | s :: rest => fold_right Rmax s rest end.
(* x cut to [low, high] *)
Definition clip (low high x : R) : R := Rmin high (Rmax low x).

(* ---- The sphere, distances, logits ---- *)

Definition vector : Type := nat -> R.
(* <x, y> in R^d *)
Definition dot (d : nat) (x y : vector) : R := sum d (fun c => x c * y c).
Definition on_sphere (d : nat) (x : vector) : Prop := dot d x x = 1.
(* |x - y|^2 *)
Definition squared_distance (d : nat) (x y : vector) : R := sum d (fun c => (x c - y c) ^ 2).
(* s = <x, y> / tau *)
Definition logit (tau : R) (d : nat) (x y : vector) : R := dot d x y / tau.

(* ---- Paper A: losses of one anchor. pos: its logit with its positive (poss: with all positives), negs: with its negatives ---- *)

(* eps-InfoNCE: -log( e^s+ / (e^(s+ - eps) + sum_j e^s-_j) ) *)
Definition eps_infonce (eps pos : R) (negs : list R) : R := - ln (exp pos / (exp (pos - eps) + sum_exp negs)).
(* InfoNCE: -log( e^s+ / (e^s+ + sum_j e^s-_j) ) *)
Definition infonce (pos : R) (negs : list R) : R := - ln (exp pos / (exp pos + sum_exp negs)).
(* InfoL1O, the positive left out of the denominator: -log( e^s+ / sum_j e^s-_j ) *)
Definition info_l1o (pos : R) (negs : list R) : R := - ln (exp pos / sum_exp negs).
(* eps-SupInfoNCE: -(1/P) sum_i log( e^s+_i / (e^(s+_i - eps) + sum_j e^s-_j) ) *)
Definition eps_sup_infonce (eps : R) (poss negs : list R) : R :=
  mean (map (fun pos => - ln (exp pos / (exp (pos - eps) + sum_exp negs))) poss).
(* SINCERE: -(1/P) sum_i log( e^s+_i / (e^s+_i + sum_j e^s-_j) ) *)
Definition sincere (poss negs : list R) : R := mean (map (fun pos => - ln (exp pos / (exp pos + sum_exp negs))) poss).
(* eps-SupCon: -(1/P) sum_i log( e^s+_i / (sum_t e^(s+_t - eps) + sum_j e^s-_j) ), without the paper's leading eps *)
Definition eps_sup_con (eps : R) (poss negs : list R) : R :=
  mean (map (fun pos => - ln (exp pos / (sum_exp (map (fun t => t - eps) poss) + sum_exp negs))) poss).
(* SupCon, L_out: -(1/P) sum_i log( e^s+_i / (sum_t e^s+_t + sum_j e^s-_j) ) *)
Definition sup_con (poss negs : list R) : R :=
  mean (map (fun pos => - ln (exp pos / (sum_exp poss + sum_exp negs))) poss).
(* SupCon, L_in: -log( (1/P) sum_i e^s+_i / (sum_t e^s+_t + sum_j e^s-_j) ) *)
Definition sup_con_in (poss negs : list R) : R :=
  - ln (mean (map (fun pos => exp pos / (sum_exp poss + sum_exp negs)) poss)).

(* margin m = s+ - max_j s-_j, in logits *)
Definition margin (pos : R) (negs : list R) : R := pos - largest negs.
(* hinge H = max(0, max_j (s-_j - s+ + eps)) *)
Definition hinge (eps pos : R) (negs : list R) : R := fold_right Rmax 0 (map (fun neg => neg - pos + eps) negs).
(* ends of the margin for a loss l and N negatives: -log(e^l - e^-eps), -log((e^l - e^-eps)/N), and the lower end on the sphere *)
Definition margin_low (eps l : R) : R := - ln (exp l - exp (- eps)).
Definition margin_high (eps l : R) (N : nat) : R := - ln ((exp l - exp (- eps)) / INR N).
Definition margin_low_on_sphere (eps tau l : R) (N : nat) : R :=
  - ln (exp l - exp (- eps) - INR (N - 1) * exp (- (2 / tau))).

(* all entries but the i-th *)
Definition others (i : nat) (l : list R) : list R := firstn i l ++ skipn (S i) l.

(* the non-contrastive terms s+_t - s+_i <= 0 (t <> i) of n samples of one class, each an anchor in turn *)
Definition non_contrastive_terms (d n : nat) (z : nat -> vector) : Prop :=
  forall anchor i t, (anchor < n)%nat -> (i < n)%nat -> (t < n)%nat -> i <> anchor -> t <> anchor -> t <> i ->
    dot d (z anchor) (z t) - dot d (z anchor) (z i) <= 0.

(* ---- Paper A: losses of n labelled samples z_a in R^d, every sample an anchor ---- *)

Definition positives (n : nat) (y : nat -> nat) (a : nat) : list nat :=
  filter (fun i => (y i =? y a)%nat && negb (i =? a)%nat) (seq 0 n).
Definition negatives (n : nat) (y : nat -> nat) (a : nat) : list nat := filter (fun i => negb (y i =? y a)%nat) (seq 0 n).
(* mean over the anchors of an anchor's loss *)
Definition sample_loss (loss : list R -> list R -> R) (n d : nat) (tau : R) (y : nat -> nat) (z : nat -> vector) : R :=
  mean (map (fun a => loss (map (fun i => logit tau d (z a) (z i)) (positives n y a))
                           (map (fun i => logit tau d (z a) (z i)) (negatives n y a))) (seq 0 n)).

(* z minimises it over n points of the sphere of R^d *)
Definition minimises (loss : list R -> list R -> R) (n d : nat) (tau : R) (y : nat -> nat) (z : nat -> vector) : Prop :=
  (forall i, (i < n)%nat -> on_sphere d (z i)) /\
  forall z', (forall i, (i < n)%nat -> on_sphere d (z' i)) -> sample_loss loss n d tau y z <= sample_loss loss n d tau y z'.
(* K classes of k samples each *)
Definition balanced (K k n : nat) (y : nat -> nat) : Prop :=
  (forall i, (i < n)%nat -> (y i < K)%nat) /\
  (forall l, (l < K)%nat -> length (filter (fun i => (y i =? l)%nat) (seq 0 n)) = k).

(* ---- Paper A: information. A joint law p of anchors (n symbols) and samples (m symbols), every pair possible ---- *)

Definition joint_law (n m : nat) (p : nat -> nat -> R) : Prop :=
  (forall i j, (i < n)%nat -> (j < m)%nat -> 0 < p i j) /\ sum n (fun i => sum m (p i)) = 1.
Definition anchor_law (m : nat) (p : nat -> nat -> R) (i : nat) : R := sum m (p i).
Definition sample_law (n : nat) (p : nat -> nat -> R) (j : nat) : R := sum n (fun i => p i j).
(* pointwise mutual information, and I, its mean *)
Definition pointwise (n m : nat) (p : nat -> nat -> R) (i j : nat) : R := ln (p i j / (anchor_law m p i * sample_law n p j)).
Definition information (n m : nat) (p : nat -> nat -> R) : R := sum n (fun i => sum m (fun j => p i j * pointwise n m p i j)).
(* mean over N independent samples of law q *)
Fixpoint over_negatives (m : nat) (q : nat -> R) (N : nat) (f : list nat -> R) : R :=
  match N with O => f [] | S N' => sum m (fun j => q j * over_negatives m q N' (fun l => f (j :: l))) end.
(* E log[e^s+ / (e^s+ + sum e^s-)] and E log[e^s+ / sum e^s-] for the critic s, a positive from p and N negatives *)
Definition lower_bound (n m N : nat) (p s : nat -> nat -> R) : R :=
  sum n (fun i => sum m (fun j => p i j * over_negatives m (sample_law n p) N
    (fun negs => ln (exp (s i j) / (exp (s i j) + sum_exp (map (s i) negs)))))).
Definition upper_bound (n m N : nat) (p s : nat -> nat -> R) : R :=
  sum n (fun i => sum m (fun j => p i j * over_negatives m (sample_law n p) N
    (fun negs => ln (exp (s i j) / sum_exp (map (s i) negs))))).

(* ---- Paper A: debiasing ---- *)

(* unbiased variance of a list of two numbers or more *)
Definition variance (l : list R) : R := total (map (fun x => (x - mean l) ^ 2) l) / (INR (length l) - 1).
(* KL of two Gaussians: 1/2 [ (var_a + (mu_a - mu_c)^2)/var_c - log(var_a/var_c) - 1 ] *)
Definition gaussian_kl (mu_a var_a mu_c var_c : R) : R :=
  / 2 * ((var_a + (mu_a - mu_c) ^ 2) / var_c - ln (var_a / var_c) - 1).
(* FairKL of the distances to aligned and to conflicting samples *)
Definition fair_kl (aligned conflicting : list R) : R :=
  gaussian_kl (mean aligned) (variance aligned) (mean conflicting) (variance conflicting).
(* first moments only: (mu_a - mu_c)^2 *)
Definition first_moments (aligned conflicting : list R) : R := (mean aligned - mean conflicting) ^ 2.

(* ---- Paper B: K blocks with shares pi and connectivity alpha, one unit vector v_k per block ---- *)

(* shares positive of sum 1; alpha symmetric, nonnegative (only ratios enter: alpha <= 1 is not needed); no isolated block *)
Definition block_model (K : nat) (pi : nat -> R) (alpha : nat -> nat -> R) : Prop :=
  (forall k, (k < K)%nat -> 0 < pi k) /\ sum K pi = 1 /\
  (forall k l, (k < K)%nat -> (l < K)%nat -> 0 <= alpha k l /\ alpha k l = alpha l k) /\
  (forall k, (k < K)%nat -> exists l, (l < K)%nat /\ 0 < alpha k l).
(* degree d_k = sum_m alpha_km pi_m *)
Definition degree (K : nat) (pi : nat -> R) (alpha : nat -> nat -> R) (k : nat) : R := sum K (fun m => alpha k m * pi m).
(* pair weight W_kl = pi_k alpha_kl pi_l / d_k *)
Definition pair_weight (K : nat) (pi : nat -> R) (alpha : nat -> nat -> R) (k l : nat) : R :=
  pi k * alpha k l * pi l / degree K pi alpha k.
(* Z_k = sum_l pi_l e^(G_kl/tau) *)
Definition partition (K : nat) (tau : R) (pi : nat -> R) (G : nat -> nat -> R) (k : nat) : R :=
  sum K (fun l => pi l * exp (G k l / tau)).
(* a loss with any pair weights W: -(1/tau) sum_kl W_kl G_kl + sum_k pi_k log Z_k *)
Definition weighted_loss (K : nat) (tau : R) (pi : nat -> R) (W G : nat -> nat -> R) : R :=
  - / tau * sum K (fun k => sum K (fun l => W k l * G k l)) + sum K (fun k => pi k * ln (partition K tau pi G k)).
(* paper B's population loss at the Gram matrix G_kl = <h_k, h_l> *)
Definition population_loss (K : nat) (tau : R) (pi : nat -> R) (alpha G : nat -> nat -> R) : R :=
  weighted_loss K tau pi (pair_weight K pi alpha) G.

(* K unit vectors of R^d, and their Gram matrix *)
Definition unit_vectors (K d : nat) (v : nat -> vector) : Prop := forall k, (k < K)%nat -> on_sphere d (v k).
Definition gram (d : nat) (v : nat -> vector) (k l : nat) : R := dot d (v k) (v l).
(* v minimises f over the Gram matrices of K unit vectors of R^d *)
Definition optimal (K d : nat) (f : (nat -> nat -> R) -> R) (v : nat -> vector) : Prop :=
  unit_vectors K d v /\ forall v', unit_vectors K d v' -> f (gram d v) <= f (gram d v').
(* in every dimension d >= d0 a minimiser exists, and every minimiser has the Gram matrix G *)
Definition optimum_is (K d0 : nat) (f : (nat -> nat -> R) -> R) (G : nat -> nat -> R) : Prop :=
  forall d, (d0 <= d)%nat ->
    (exists v, optimal K d f v) /\
    (forall v, optimal K d f v -> forall k l, (k < K)%nat -> (l < K)%nat -> gram d v k l = G k l).

(* positive semidefinite; the elliptope: psd with ones on the diagonal *)
Definition psd (K : nat) (A : nat -> nat -> R) : Prop :=
  (forall k l, (k < K)%nat -> (l < K)%nat -> A k l = A l k) /\
  (forall x : nat -> R, 0 <= sum K (fun k => sum K (fun l => A k l * (x k * x l)))).
Definition elliptope (K : nat) (G : nat -> nat -> R) : Prop := psd K G /\ forall k, (k < K)%nat -> G k k = 1.

(* gradient D_kl of the loss in G, symmetrised: tau D_kl = (q_kl + q_lk - W_kl - W_lk)/2, q_kl = pi_k pi_l e^(G_kl/tau)/Z_k *)
Definition repulsion (K : nat) (tau : R) (pi : nat -> R) (G : nat -> nat -> R) (k l : nat) : R :=
  pi k * (pi l * exp (G k l / tau) / partition K tau pi G k).
Definition gradient (K : nat) (tau : R) (pi : nat -> R) (W G : nat -> nat -> R) (k l : nat) : R :=
  (repulsion K tau pi G k l + repulsion K tau pi G l k - W k l - W l k) / (2 * tau).
(* diagonal multiplier lambda_k = (D G)_kk *)
Definition multiplier (K : nat) (tau : R) (pi : nat -> R) (W G : nat -> nat -> R) (k : nat) : R :=
  sum K (fun l => gradient K tau pi W G k l * G k l).
(* dual matrix S = D - Diag(lambda) *)
Definition dual_matrix (K : nat) (tau : R) (pi : nat -> R) (W G : nat -> nat -> R) (k l : nat) : R :=
  gradient K tau pi W G k l - if (k =? l)%nat then multiplier K tau pi W G k else 0.

(* the expected graph with n nodes: node i lies in block (b i) and has the share w_i; a block's nodes share its pi_k *)
Definition nodes_of (K n : nat) (pi : nat -> R) (b : nat -> nat) (w : nat -> R) : Prop :=
  (forall i, (i < n)%nat -> (b i < K)%nat /\ 0 < w i) /\
  (forall k, (k < K)%nat -> sum n (fun i => if (b i =? k)%nat then w i else 0) = pi k).
(* its loss: the same formula, every node having a vector of its own *)
Definition node_loss (n : nat) (tau : R) (b : nat -> nat) (w : nat -> R) (alpha : nat -> nat -> R) (G : nat -> nat -> R) : R :=
  population_loss n tau w (fun i j => alpha (b i) (b j)) G.

(* connectivity p within blocks and alpha between any two *)
Definition uniform_graph (p alpha : R) (k l : nat) : R := if (k =? l)%nat then p else alpha.
(* K vectors of which any two have the cosine c *)
Definition equal_cosines (c : R) (k l : nat) : R := if (k =? l)%nat then 1 else c.
(* blocks 0 and 1 at one point, block 2 opposite *)
Definition merged (k l : nat) : R := if eqb (k =? 2)%nat (l =? 2)%nat then 1 else -1.
(* the biased graph of two classes, block 2 y + b of class y and bias b: p same class and bias, beta same bias, gamma same class *)
Definition biased_graph (p beta gamma delta : R) (k l : nat) : R :=
  if (k / 2 =? l / 2)%nat then (if (k mod 2 =? l mod 2)%nat then p else gamma)
  else if (k mod 2 =? l mod 2)%nat then beta else delta.
(* its shares: the aligned groups 0 and 3 hold rho, the conflicting groups 1 and 2 the rest *)
Definition biased_shares (rho : R) (k : nat) : R := match k with 1%nat | 2%nat => (1 - rho) / 2 | _ => rho / 2 end.
(* the PMI law 1 + tau log(alpha_kl / p) *)
Definition pmi (tau p : R) (alpha : nat -> nat -> R) (k l : nat) : R := 1 + tau * ln (alpha k l / p).

(* representation harm RH = (1 - c_under) / (1 - c_balanced) *)
Definition representation_harm (under balanced : R) : R := (1 - under) / (1 - balanced).

(* ---- Paper B: a vanishing minority, block L, beside L majorities of shares mu (sum 1) ---- *)

(* its share is s, the others' shares (1 - s) mu_l; links_l is its connection to majority l, p0 that within itself *)
Definition minority_shares (L : nat) (mu : nat -> R) (s : R) (k : nat) : R := if (k =? L)%nat then s else (1 - s) * mu k.
Definition minority_graph (L : nat) (alpha : nat -> nat -> R) (links : nat -> R) (p0 : R) (k l : nat) : R :=
  if (k =? L)%nat then (if (l =? L)%nat then p0 else links l) else if (l =? L)%nat then links k else alpha k l.
Definition minority_loss (L : nat) (tau : R) (mu : nat -> R) (alpha : nat -> nat -> R) (links : nat -> R) (p0 s : R) : (nat -> nat -> R) -> R :=
  population_loss (S L) tau (minority_shares L mu s) (minority_graph L alpha links p0).
(* tied by a to majority 0 only *)
Definition one_tie (a : R) (l : nat) : R := if (l =? 0)%nat then a else 0.
(* as s falls to 0 the cosine of blocks k and l tends to c: at all unit vectors whose loss is within s^2 of the least, so at every
   minimiser, uniformly over the dimensions d >= d0 *)
Definition limit_cosine (K d0 : nat) (f : R -> (nat -> nat -> R) -> R) (k l : nat) (c : R) : Prop :=
  forall eps, 0 < eps -> exists s0, 0 < s0 /\ forall s d v, 0 < s < s0 -> (d0 <= d)%nat -> unit_vectors K d v ->
    (forall v', unit_vectors K d v' -> f s (gram d v) <= f s (gram d v') + s * s) -> Rabs (gram d v k l - c) < eps.

(* ---- Paper B: limits of a vanishing minority; r = alpha/p, c its cosine with the majority that it is tied to ---- *)

(* B5: tanh(c/tau) + sinh(c/tau)/cosh(1/tau), to be 1 + r; the limit loss, of which it is tau times the derivative plus 1 + r *)
Definition collapse_side (tau c : R) : R := tanh (c / tau) + sinh (c / tau) / cosh (/ tau).
Definition collapse_loss (tau r c : R) : R := - (1 + r) * c / tau + ln (cosh (c / tau)) + cosh (c / tau) / cosh (/ tau).
(* B5's threshold 2 tanh(1/tau) - 1 *)
Definition collapse_threshold (tau : R) : R := 2 * tanh (/ tau) - 1.
(* B18, M majorities: phi(x) = e^(x/tau) + (M-1) e^(-x/((M-1)tau)), psi(x) = e^(x/tau) - e^(-x/((M-1)tau)) *)
Definition phi (M : nat) (tau x : R) : R := exp (x / tau) + (INR M - 1) * exp (- x / ((INR M - 1) * tau)).
Definition psi (M : nat) (tau x : R) : R := exp (x / tau) - exp (- x / ((INR M - 1) * tau)).
Definition majorities_side (M : nat) (tau c : R) : R := psi M tau c / phi M tau c + psi M tau c / phi M tau 1.
(* B18, two majorities of shares w (tied) and 1 - w: (a-b)/(a+b) + a/Z_2 - b/Z_3, a = w e^(c/tau), b = (1-w) e^(-c/tau) *)
Definition unequal_side (w tau c : R) : R :=
  let a := w * exp (c / tau) in let b := (1 - w) * exp (- c / tau) in
  (a - b) / (a + b) + a / (w * exp (/ tau) + (1 - w) * exp (- / tau)) - b / (w * exp (- / tau) + (1 - w) * exp (/ tau)).
